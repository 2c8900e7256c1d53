//! Registration.

use futures::future::join_all;
use harness::{
    account::{self, Account, PASSWORD},
    admin::id_of,
    system::System,
    unique,
};
use serde_json::json;

#[tokio::test]
async fn an_account_is_created_and_shown_to_its_user() {
    let system = System::connect();
    let email = unique::email();
    let body = json!({"email": email, "password": PASSWORD, "name": "Анна Каренина"});
    let user = system
        .client
        .post("/api/auth/register")
        .json(&body)
        .send()
        .await
        .expect(201);
    id_of(&user);
    assert_eq!(
        (&user["email"], &user["name"], &user["role"]),
        (&json!(email), &json!("Анна Каренина"), &json!("CUSTOMER"))
    );
    assert!(
        user["createdAt"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z'))
    );
    assert_eq!(
        user.as_object().map(|fields| fields.len()),
        Some(5),
        "{user}"
    );

    let pair = account::token_pair(
        &account::log_in(&system.client, &email, PASSWORD)
            .await
            .expect(200),
    );
    let me = system
        .client
        .get("/api/auth/me")
        .bearer(&pair.access)
        .send()
        .await
        .expect(200);
    assert_eq!(me, user);
}

#[tokio::test]
async fn a_name_is_optional() {
    let system = System::connect();
    let body = json!({"email": unique::email(), "password": PASSWORD});
    let user = system
        .client
        .post("/api/auth/register")
        .json(&body)
        .send()
        .await
        .expect(201);
    assert!(user["name"].is_null(), "{user}");
}

#[tokio::test]
async fn an_email_can_be_registered_once_whatever_its_case() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let register = |email: String| {
        let body = json!({"email": email, "password": "another password"});
        system.client.post("/api/auth/register").json(&body).send()
    };
    register(account.email.clone())
        .await
        .problem(409, "EMAIL_TAKEN");
    register(account.email.to_uppercase())
        .await
        .problem(409, "EMAIL_TAKEN");
    let mut mixed = account.email.clone();
    mixed[..1].make_ascii_uppercase();
    register(mixed).await.problem(409, "EMAIL_TAKEN");
    let pair = account::log_in(&system.client, &account.email.to_uppercase(), PASSWORD)
        .await
        .expect(200);
    let me = system
        .client
        .get("/api/auth/me")
        .bearer(&account::token_pair(&pair).access)
        .send()
        .await
        .expect(200);
    assert_eq!(me["id"], json!(account.id));
}

#[tokio::test]
async fn of_concurrent_registrations_of_one_email_one_succeeds() {
    let system = System::connect();
    let email = unique::email();
    let answers = join_all((0..5).map(|number| {
        let email = if number % 2 == 0 {
            email.clone()
        } else {
            email.to_uppercase()
        };
        system
            .client
            .post("/api/auth/register")
            .json(&json!({"email": email, "password": PASSWORD}))
            .send()
    }))
    .await;
    let (made, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(made.len(), 1);
    for answer in refused {
        answer.problem(409, "EMAIL_TAKEN");
    }
}

#[tokio::test]
async fn a_password_has_8_to_128_characters_of_any_kind() {
    let system = System::connect();
    for password in [
        "пароль78",
        "x".repeat(128).as_str(),
        "ж".repeat(128).as_str(),
        "        ",
        "🔑🔑🔑🔑🔑🔑🔑🔑",
    ] {
        let email = unique::email();
        let body = json!({"email": email, "password": password});
        system
            .client
            .post("/api/auth/register")
            .json(&body)
            .send()
            .await
            .expect(201);
        account::log_in(&system.client, &email, password)
            .await
            .status(200);
        account::log_in(
            &system.client,
            &email,
            &password.chars().skip(1).collect::<String>(),
        )
        .await
        .problem(401, "INVALID_CREDENTIALS");
    }
}

#[tokio::test]
async fn usual_and_unusual_emails_are_accepted() {
    let system = System::connect();
    let mark = unique::name("m");
    for local in [
        format!("{mark}+tag"),
        format!("first.last.{mark}"),
        format!("{mark}_x-y"),
    ] {
        let body = json!({"email": format!("{local}@mail.test.example"), "password": PASSWORD});
        system
            .client
            .post("/api/auth/register")
            .json(&body)
            .send()
            .await
            .expect(201);
    }
}
