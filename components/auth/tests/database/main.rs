//! Auth's SQL functions on a real PostgreSQL: accounts, passwords, failed logins, limits, sessions, races, plans and totals.

mod administrator;
mod limits;
mod logins;
mod passwords;
mod plans;
mod races;
mod repeats;
mod sessions;
mod totals;

use serde_json::Value;
use sql_tests::{Connection, Service};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

const PASSWORD_HASH: &str = "$argon2id$of a password";
const ADMIN: &str = "Admin@Example.com";
const ADMIN_KEY: &str = "admin@example.com";
const MARK: [u8; 32] = [1; 32];

/// A connection to auth's database.
struct Auth(Connection);

/// A refresh token, by its hashes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Token {
    handle: [u8; 32],
    hash: [u8; 32],
}

impl Token {
    fn first() -> Self {
        Self {
            handle: random_bytes(),
            hash: random_bytes(),
        }
    }

    fn next(self) -> Self {
        Self {
            hash: random_bytes(),
            ..self
        }
    }
}

/// 32 random bytes.
fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

impl Service for Auth {
    const NAME: &str = "auth";

    fn new(connection: Connection) -> Self {
        Self(connection)
    }

    fn connection(&self) -> &Connection {
        &self.0
    }
}

impl Auth {
    /// The JSON that a statement returns; null for `null`.
    async fn answer(&self, statement: &str, parameters: &[&(dyn ToSql + Sync)]) -> Value {
        let value: Option<Value> = self.0.value(statement, parameters).await;
        value.unwrap_or_default()
    }

    async fn register(&self, user: Uuid, email: &str) -> Value {
        self.answer(
            "select register_user($1, $2, $3, null)",
            &[&user, &email, &PASSWORD_HASH],
        )
        .await
    }

    /// A new user with this e-mail.
    async fn user(&self, email: &str) -> Uuid {
        let user = Uuid::now_v7();
        assert_eq!(self.register(user, email).await["role"], "CUSTOMER");
        user
    }

    async fn role(&self, email: &str) -> String {
        let statement = "select role from users where email_key = lower($1)";
        self.0.value(statement, &[&email]).await
    }

    async fn begin(&self, attempt: Uuid, subject: &[u8; 32]) -> Value {
        self.answer(
            "select begin_login($1, $2, 'nobody@example.com')",
            &[&attempt, &subject.as_slice()],
        )
        .await
    }

    async fn fail(&self, attempt: Uuid, subject: &[u8; 32]) {
        self.0
            .execute(
                "select fail_login($1, $2)",
                &[&attempt, &subject.as_slice()],
            )
            .await;
    }

    /// Begins an attempt, and fails it if it was admitted. Returns the admission.
    async fn fail_attempt(&self, subject: &[u8; 32]) -> Value {
        let attempt = Uuid::now_v7();
        let answer = self.begin(attempt, subject).await;
        if answer["outcome"] == "ADMITTED" {
            self.fail(attempt, subject).await;
        }
        answer
    }

    async fn open_as(&self, attempt: Uuid, subject: &[u8; 32], user: Uuid, token: Token) -> Value {
        self.open_with(attempt, subject, user, token, Uuid::now_v7())
            .await
    }

    /// The same, with the id of the first access token.
    async fn open_with(
        &self,
        attempt: Uuid,
        subject: &[u8; 32],
        user: Uuid,
        token: Token,
        access: Uuid,
    ) -> Value {
        self.answer(
            "select open_session($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &[
                &attempt,
                &subject.as_slice(),
                &user,
                &PASSWORD_HASH,
                &ADMIN_KEY,
                &Uuid::now_v7(),
                &token.handle.as_slice(),
                &token.hash.as_slice(),
                &access,
            ],
        )
        .await
    }

    /// Begins a session of a user. Returns its first token.
    async fn session(&self, user: Uuid) -> Token {
        let token = Token::first();
        let grant = self
            .open_as(Uuid::now_v7(), &random_bytes(), user, token)
            .await;
        assert_eq!(grant["userId"], user.to_string());
        token
    }

    async fn open_admin(&self, mark: [u8; 32], hash: &str, token: Token) -> Value {
        self.answer(
            "select open_administrator_session($1, $2, $3, $4, $5, $6, null, $7, $8, $9, $10)",
            &[
                &Uuid::now_v7(),
                &random_bytes().as_slice(),
                &Uuid::now_v7(),
                &ADMIN,
                &hash,
                &mark.as_slice(),
                &Uuid::now_v7(),
                &token.handle.as_slice(),
                &token.hash.as_slice(),
                &Uuid::now_v7(),
            ],
        )
        .await
    }

    async fn refresh(&self, token: Token, successor: Token) -> Value {
        self.refresh_as(token, successor, None, MARK).await
    }

    async fn refresh_as(
        &self,
        token: Token,
        successor: Token,
        key: Option<&str>,
        mark: [u8; 32],
    ) -> Value {
        self.answer(
            "select exchange_token($1, $2, true, $3, null, $4, $5, $6, $7, null)",
            &[
                &token.handle.as_slice(),
                &token.hash.as_slice(),
                &successor.hash.as_slice(),
                &key,
                &Uuid::now_v7(),
                &ADMIN_KEY,
                &mark.as_slice(),
            ],
        )
        .await
    }

    /// Exchanges a token, which must succeed. Returns the next token.
    async fn rotated(&self, token: Token) -> Token {
        let next = token.next();
        assert_eq!(self.refresh(token, next).await["outcome"], "GRANTED");
        next
    }
}
