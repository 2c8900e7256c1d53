//! The grams and patterns of a search.

use serde_json::Value;
use sql_tests::{open, open_several};

use super::Warehouse;

impl Warehouse {
    /// Whether a folded name is found by a folded query.
    async fn finds(&self, query: &str, name: &str) -> bool {
        let statement = "
            select grams($1) @> wanted_grams($2) and matches($1, word_patterns($2))";
        self.0.value(statement, &[&name, &query]).await
    }

    /// Names whose grams are not those of the product.
    async fn stale(&self) -> i64 {
        let statement = "
            select count(*)
            from products
            full join product_grams on product_id = id
            where grams is distinct from grams(folded_name)";
        self.0.value(statement, &[]).await
    }
}

#[tokio::test]
async fn every_word_of_a_query_is_found_wherever_it_is() {
    let db: Warehouse = open().await;
    let name = "чай черный 100% а_б c\\d";
    for query in [
        "черный чай",
        "ч",
        "ай",
        "рны",
        "черный",
        "100%",
        "%",
        "а_б",
        "c\\d",
        "\\",
        "чай чай",
        "а",
        "рн ай б",
    ] {
        assert!(db.finds(query, name).await, "{query}");
    }
    for query in [
        "черныйчай",
        "чай зеленый",
        "а%б",
        "аxб",
        "_й",
        "чер_ый",
        "c\\\\d",
        "щ",
        "йч",
        "чаш",
    ] {
        assert!(!db.finds(query, name).await, "{query}");
    }
}

#[tokio::test]
async fn grams_have_every_part_of_each_word() {
    let db: Warehouse = open().await;
    let grams = async |function: &str, text: &str| -> Vec<String> {
        let statement = format!("select unnest({function}($1)) order by 1");
        db.0.values(&statement, &[&text]).await
    };
    let mut expected = ["x", "ж", "жу", "жук", "к", "у", "ук"];
    expected.sort_unstable();
    let mut found = grams("grams", "жук x").await;
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(grams("wanted_grams", "жук").await, ["жук"]);
    assert_eq!(grams("wanted_grams", "жу").await, ["жу"]);
    assert_eq!(grams("wanted_grams", "жуки").await.len(), 2);
}

#[tokio::test]
async fn the_grams_are_those_of_the_present_name() {
    let db: Warehouse = open().await;
    let id = db.product(1).await;
    assert_eq!(db.stale().await, 0);
    db.rename(id, "Cup of cocoa").await;
    db.set_quantity(id, 7).await;
    assert_eq!(db.stale().await, 0);
    let count: i64 = db.0.rows_in("product_grams").await;
    assert_eq!(count, 1);
}

/// How many rows of the products and of their grams the session has read in this transaction, however.
async fn rows_read(db: &Warehouse) -> i64 {
    let statement = "
        select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint
        from pg_stat_xact_user_tables
        where relname in ('products', 'product_grams')";
    db.0.value(statement, &[]).await
}

#[tokio::test]
async fn a_search_reads_little_more_than_it_finds() {
    // A session counts its own reads at once, but those of others later, so another one adds the rows.
    let [filler, db]: [Warehouse; 2] = open_several().await;
    // A catalogue of teas, most of them sold out. One in a thousand is green, another one black.
    let fill = "
        insert into products (id, name, folded_name, price, stocked, reserved)
        select gen_random_uuid(), name, name, 100, 1, (number % 3 > 0)::int
        from generate_series(1, 20000) number
        cross join lateral (
            select 'tea ' || case number % 1000 when 7 then 'green' when 8 then 'black' else 'plain' end
        ) named (name);
        insert into product_grams select id, grams(folded_name) from products;
        analyze;";
    filler.0.run(fill).await;
    for (query, available, found) in [
        ("green", false, 20),
        ("een tea", false, 20),
        ("tea green", true, 6),
        ("green black", false, 0),
        ("gr", false, 20),
        ("щ", false, 0),
        ("nothing", false, 0),
        ("tea", false, 21),
        ("a", false, 21),
        ("tea plain", true, 21),
        ("l t", true, 21),
    ] {
        db.0.run("begin").await;
        let products: Vec<Value> =
            db.0.values(
                "select search_products($1, true, $2, 9223372036854775807, 21)",
                &[&query, &available],
            )
            .await;
        assert_eq!(products.len(), found, "{query}");
        let read = rows_read(&db).await;
        assert!(read <= 500, "for {query}, {read} rows were read");
        db.0.run("commit").await;
    }
}
