//! The catalogue.

use harness::{
    admin::id_of,
    call::Call,
    order::Page,
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use serde_json::{Value, json};

#[tokio::test]
async fn a_product_is_created_with_defaults() {
    let system = System::connect();
    let admin = system.admin().await;
    let body = json!({"name": "Чашка", "price": 99});
    let product = admin
        .post("/api/warehouse/products")
        .json(&body)
        .send()
        .await
        .expect(201);
    let id = id_of(&product);
    assert_eq!(
        (&product["name"], &product["price"], &product["quantity"]),
        (&json!("Чашка"), &json!(99), &json!(1))
    );
    assert_eq!(
        product["currency"],
        system.environment().variable_or("currency", "RUB")
    );
    let fields = [
        "id",
        "name",
        "description",
        "price",
        "currency",
        "quantity",
        "active",
        "createdAt",
    ];
    assert!(
        fields.iter().all(|field| product.get(field).is_some()),
        "{product}"
    );
    assert_eq!(
        product.as_object().map(|fields| fields.len()),
        Some(8),
        "{product}"
    );
    assert_eq!(
        system
            .client
            .get(format!("/api/warehouse/products/{id}"))
            .send()
            .await
            .expect(200),
        product
    );
    system
        .client
        .get(format!("/api/warehouse/products/{}", unique::id()))
        .send()
        .await
        .any_problem(404);
}

#[tokio::test]
async fn a_product_is_changed_field_by_field() {
    let system = System::connect();
    let admin = system.admin().await;
    let body = json!({"name": "Стол", "price": 100, "description": "Дубовый", "quantity": 4});
    let made = admin
        .post("/api/warehouse/products")
        .json(&body)
        .send()
        .await
        .expect(201);
    let path = format!("/api/warehouse/products/{}", id_of(&made));

    let mut expected = made.clone();
    for (field, value) in [
        ("name", json!("Стул")),
        ("price", json!(250)),
        ("description", json!("Сосновый")),
        ("quantity", json!(0)),
        ("active", json!(false)),
        ("active", json!(true)),
    ] {
        expected[field] = value.clone();
        let change = json!({field: value});
        assert_eq!(
            admin.patch(&path).json(&change).send().await.expect(200),
            expected
        );
    }
    assert_eq!(system.client.get(&path).send().await.expect(200), expected);
    let unknown = format!("/api/warehouse/products/{}", unique::id());
    admin
        .patch(unknown)
        .json(&json!({"price": 1}))
        .send()
        .await
        .any_problem(404);
}

#[tokio::test]
async fn a_new_price_does_not_change_old_orders() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    let path = format!("/api/warehouse/products/{}", purchase.product);
    let change = json!({"price": 1, "name": "Дешёвка"});
    purchase
        .admin
        .patch(path)
        .json(&change)
        .send()
        .await
        .expect(200);
    let after = purchase.customer.order(order.id).await;
    assert_eq!((after.total, &after.items), (order.total, &order.items));
}

#[tokio::test]
async fn names_are_kept_as_they_are_up_to_200_characters() {
    let system = System::connect();
    let admin = system.admin().await;
    let longest = "ж".repeat(200);
    let emoji = "🫖".repeat(200);
    for name in [
        " ",
        "  край  ",
        longest.as_str(),
        emoji.as_str(),
        "<b>&\"'\\",
        "tab\tnew\nline",
        "é",
        "e\u{301}",
    ] {
        let body = json!({"name": name, "price": 1});
        let product = admin
            .post("/api/warehouse/products")
            .json(&body)
            .send()
            .await
            .expect(201);
        assert_eq!(product["name"], name);
        let shown = system
            .client
            .get(format!("/api/warehouse/products/{}", id_of(&product)))
            .send()
            .await
            .expect(200);
        assert_eq!(shown["name"], name);
    }
    for name in [
        json!(""),
        json!("ж".repeat(201)),
        json!("nul\u{0}"),
        json!(null),
        json!(7),
        json!(["x"]),
    ] {
        let body = json!({"name": name, "price": 1});
        admin
            .post("/api/warehouse/products")
            .json(&body)
            .send()
            .await
            .invalid(&["/name"]);
    }
}

#[tokio::test]
async fn an_invalid_product_has_an_error_for_each_field() {
    let admin = System::connect().admin().await;
    let post = |body: Value| admin.post("/api/warehouse/products").json(&body).send();
    post(json!({})).await.invalid(&["/name", "/price"]);
    post(json!({"name": "", "price": 0, "quantity": -1}))
        .await
        .invalid(&["/name", "/price", "/quantity"]);
    post(json!({"name": "x", "price": 1_000_000_000_001_i64}))
        .await
        .invalid(&["/price"]);
    post(json!({"name": "x", "price": 1, "quantity": 1.5}))
        .await
        .invalid(&["/quantity"]);
    post(json!({"name": "x", "price": 1, "description": "\u{0}"}))
        .await
        .invalid(&["/description"]);
    post(json!({"name": "x", "price": 1, "colour": "red", "size": 1}))
        .await
        .invalid(&["/colour", "/size"]);
    post(json!({"name": "x", "price": 1, "currency": "USD"}))
        .await
        .invalid(&["/currency"]);

    let product = admin.product(1, 1).await;
    let patch = |body: Value| {
        admin
            .patch(format!("/api/warehouse/products/{product}"))
            .json(&body)
            .send()
    };
    patch(json!({"price": 0, "quantity": "1", "x": 1}))
        .await
        .invalid(&["/price", "/quantity", "/x"]);
    patch(json!({"name": ""})).await.invalid(&["/name"]);
    for active in [json!(null), json!("false"), json!(0)] {
        patch(json!({"active": active})).await.invalid(&["/active"]);
    }
    patch(json!([])).await.invalid(&[""]);
}

#[tokio::test]
async fn a_search_matches_names_and_takes_characters_literally() {
    let system = System::connect();
    let admin = system.admin().await;
    let mark = unique::name("mark");
    for (suffix, quantity) in [("plain", 1), ("100%", 0), ("under_score", 2)] {
        let body = json!({"name": format!("{mark}.{suffix}"), "price": 1, "quantity": quantity});
        admin
            .post("/api/warehouse/products")
            .json(&body)
            .send()
            .await
            .expect(201);
    }
    let found = async |query: String| -> Vec<String> {
        let page: Page<Value> = system
            .client
            .get(format!("/api/warehouse/products?{query}"))
            .send()
            .await
            .status(200)
            .read();
        page.items
            .iter()
            .map(|item| item["name"].as_str().unwrap().replace(&mark, ""))
            .collect()
    };
    assert_eq!(
        found(format!("q={mark}")).await,
        [".under_score", ".100%", ".plain"],
        "newest first"
    );
    assert_eq!(found(format!("q={mark}.100%25")).await, [".100%"]);
    assert_eq!(found(format!("q={mark}.%25")).await, Vec::<String>::new());
    assert_eq!(found(format!("q={mark}.under_")).await, [".under_score"]);
    assert_eq!(found(format!("q={mark}_")).await, Vec::<String>::new());
    assert_eq!(
        found(format!("q=under_+{mark}+mark")).await,
        [".under_score"],
        "words in any order"
    );
    assert_eq!(
        found(format!("available=true&q={mark}")).await,
        [".under_score", ".plain"]
    );
}

#[tokio::test]
async fn a_search_compares_words_as_people_do() {
    let system = System::connect();
    let admin = system.admin().await;
    let mark = unique::name("words");
    let name = format!("Чай «Ёлка»  Straße ﬁne {mark}");
    let body = json!({"name": name, "price": 1});
    let made = admin
        .post("/api/warehouse/products")
        .json(&body)
        .send()
        .await
        .expect(201);
    assert_eq!(made["name"], name, "the name is kept as it is");
    let found = async |words: &str| -> usize {
        let query = format!("{words} {mark}");
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let path = format!("/api/warehouse/products?q={encoded}");
        let page: Page<Value> = system.client.get(path).send().await.status(200).read();
        page.items.len()
    };
    for words in [
        "чай",
        "ЁЛКА",
        "елка чай",
        "е\u{308}лка",
        "  чай \u{a0} елка ",
        "лк",
        "й",
        "STRASSE",
        "FINE",
    ] {
        assert_eq!(found(words).await, 1, "{words}");
    }
    for words in ["чаи", "чайелка", "чай кофе"] {
        assert_eq!(found(words).await, 0, "{words}");
    }
    let path = format!("/api/warehouse/products/{}", id_of(&made));
    let renamed = json!({"name": format!("Кофе {mark}")});
    admin.patch(path).json(&renamed).send().await.expect(200);
    assert_eq!((found("кофе").await, found("чай").await), (1, 0));

    for blank in ["q=", "q=+%09+"] {
        let path = format!("/api/warehouse/products?{blank}&limit=1");
        let page: Page<Value> = system.client.get(path).send().await.status(200).read();
        assert_eq!(page.items.len(), 1, "{blank} asks for no word");
    }
    let long = "%EF%B7%BA".repeat(100);
    system
        .client
        .get(format!("/api/warehouse/products?q={long}"))
        .send()
        .await
        .invalid(&["/q"]);
}

#[tokio::test]
async fn a_retired_product_is_shown_to_the_administrator_and_not_sold() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 3 * PRICE, 3).await;
    let (admin, product) = (&purchase.admin, purchase.product);
    let path = format!("/api/warehouse/products/{product}");
    let made = system.client.get(&path).send().await.expect(200);
    let name = made["name"].as_str().expect("a name");
    let listed = async |call: Call, filter: &str| -> usize {
        let call = call.with_query(&format!("q={name}{filter}"));
        let page: Page<Value> = call.send().await.status(200).read();
        page.items.len()
    };
    let lists = async || {
        let everyone = system.client.get("/api/warehouse/products");
        let retired = admin.get("/api/warehouse/products");
        (
            listed(everyone, "").await,
            listed(retired, "&active=false").await,
        )
    };
    let before = purchase.place_and_wait().await;
    assert!(before.is_ready(), "{before:#?}");
    assert_eq!(lists().await, (1, 0));

    let change = json!({"active": false});
    let shown = admin.patch(&path).json(&change).send().await.expect(200);
    assert_eq!(
        (&shown["active"], &shown["quantity"]),
        (&json!(false), &json!(2))
    );
    assert_eq!(system.client.get(&path).send().await.expect(200), shown);
    assert_eq!(lists().await, (0, 1));
    let available = system.client.get("/api/warehouse/products");
    assert_eq!(listed(available, "&available=true").await, 0);

    let mut body = purchase.body();
    body["deliveryDate"] = json!(purchase.date.succ_opt().expect("a next day"));
    purchase
        .customer
        .post("/api/orders")
        .json(&body)
        .send()
        .await
        .problem(422, "PRODUCT_NOT_FOUND");
    let items = json!({"items": [{"productId": product, "quantity": 1}]});
    system
        .warehouse()
        .put(unique::id(), &items)
        .await
        .problem(409, "PRODUCT_NOT_FOUND");
    system.warehouse().put(before.id, &items).await.expect(200);

    let change = json!({"active": true});
    admin.patch(&path).json(&change).send().await.expect(200);
    assert_eq!(lists().await, (1, 0));
    let after = purchase.customer.place_and_wait(&body).await;
    assert!(after.is_ready(), "{after:#?}");
}

#[tokio::test]
async fn retired_products_are_for_the_administrator_alone() {
    let system = System::connect();
    let path = "/api/warehouse/products?active=false";
    system.client.get(path).send().await.any_problem(401);
    let customer = system.customer();
    customer.get(path).send().await.any_problem(403);
    for public in ["active=true", "available=true&active=true"] {
        let path = format!("/api/warehouse/products?{public}");
        system.client.get(path).send().await.status(200);
    }
    for bad in ["active=", "active=no"] {
        let path = format!("/api/warehouse/products?{bad}");
        system.client.get(path).send().await.invalid(&["/active"]);
    }
}
