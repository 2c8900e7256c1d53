//! Values of `spin:postgres`, there and back through a real PostgreSQL.

mod database;
mod host;

use database::Database;
use host::is_spin;
use serde_json::{Value, json};

/// Checks that a parameter comes back as `value`, in a column of `data_type`, and that null does.
#[track_caller]
fn comes_back(database: &Database, sql_type: &str, parameter: Value, data_type: &str, value: &str) {
    let answer = database.query(&format!("select $1::{sql_type} as v"), json!([parameter]));
    let expected = json!({
        "columns": [["v", format!("DbDataType::{data_type}")]],
        "rows": [[format!("DbValue::{value}")]],
        "result": "ok",
    });
    assert_eq!(answer, expected, "{sql_type}");
    let null = database.query(&format!("select $1::{sql_type} as v"), json!(["null"]));
    assert_eq!(null["rows"], json!([["DbValue::DbNull"]]), "{sql_type}");
}

#[test]
fn every_type_goes_there_and_back() {
    let database = Database::start();
    let check = |sql_type: &str, parameter: Value, data_type: &str, value: &str| {
        comes_back(&database, sql_type, parameter, data_type, value);
    };
    check(
        "bool",
        json!({ "boolean": true }),
        "Boolean",
        "Boolean(true)",
    );
    check("int2", json!({ "int16": -2 }), "Int16", "Int16(-2)");
    check("int4", json!({ "int32": -4 }), "Int32", "Int32(-4)");
    check(
        "int8",
        json!({ "int64": i64::MAX }),
        "Int64",
        "Int64(9223372036854775807)",
    );
    check(
        "float4",
        json!({ "floating32": 1.5 }),
        "Floating32",
        "Floating32(1.5)",
    );
    check(
        "float8",
        json!({ "floating64": -0.25 }),
        "Floating64",
        "Floating64(-0.25)",
    );
    check("text", json!({ "str": "ж\"" }), "Str", "Str(\"ж\\\"\")");
    check("varchar", json!({ "str": "v" }), "Str", "Str(\"v\")");
    check("char(3)", json!({ "str": "c" }), "Str", "Str(\"c  \")");
    check(
        "bytea",
        json!({ "binary": [0, 255] }),
        "Binary",
        "Binary([0, 255])",
    );
    check(
        "date",
        json!({ "date": [2024, 2, 29] }),
        "Date",
        "Date((2024, 2, 29))",
    );
    check(
        "time",
        json!({ "time": [23, 59, 58, 123_456_000] }),
        "Time",
        "Time((23, 59, 58, 123456000))",
    );
    let datetime = json!({ "datetime": [1999, 12, 31, 23, 59, 59, 1_000] });
    check(
        "timestamp",
        datetime,
        "Datetime",
        "Datetime((1999, 12, 31, 23, 59, 59, 1000))",
    );
    let uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    check(
        "uuid",
        json!({ "uuid": uuid }),
        "Uuid",
        &format!("Uuid(\"{uuid}\")"),
    );
    let text: Vec<u8> = br#"{"a":[1,null]}"#.to_vec();
    check(
        "jsonb",
        json!({ "jsonb": { "a": [1, null] } }),
        "Jsonb",
        &format!("Jsonb({text:?})"),
    );
    check(
        "numeric",
        json!({ "decimal": "-12.340" }),
        "Decimal",
        "Decimal(\"-12.340\")",
    );
    let interval = json!({ "interval": { "micros": 5, "days": -6, "months": 7 } });
    check(
        "interval",
        interval,
        "Interval",
        "Interval(Interval { micros: 5, days: -6, months: 7 })",
    );
}

#[test]
fn ranges_and_lists_go_there_and_back() {
    let database = Database::start();
    let check = |sql_type: &str, parameter: Value, data_type: &str, value: &str| {
        comes_back(&database, sql_type, parameter, data_type, value);
    };
    let bounds = "((Some((2, RangeBoundKind::Inclusive)), Some((6, RangeBoundKind::Exclusive))))";
    let range = json!([[1, false], [5, true]]);
    check(
        "int4range",
        json!({ "range_int32": range }),
        "RangeInt32",
        &format!("RangeInt32{bounds}"),
    );
    check(
        "int8range",
        json!({ "range_int64": range }),
        "RangeInt64",
        &format!("RangeInt64{bounds}"),
    );
    let range = json!({ "range_decimal": [["1.5", false], null] });
    let bounds = "((Some((\"1.5\", RangeBoundKind::Exclusive)), None))";
    check(
        "numrange",
        range,
        "RangeDecimal",
        &format!("RangeDecimal{bounds}"),
    );
    check(
        "int4[]",
        json!({ "array_int32": [1, null] }),
        "ArrayInt32",
        "ArrayInt32([Some(1), None])",
    );
    check(
        "int8[]",
        json!({ "array_int64": [] }),
        "ArrayInt64",
        "ArrayInt64([])",
    );
    let list = "ArrayDecimal([Some(\"1.50\"), None])";
    check(
        "numeric[]",
        json!({ "array_decimal": ["1.50", null] }),
        "ArrayDecimal",
        list,
    );
    check(
        "text[]",
        json!({ "array_str": ["a", null] }),
        "ArrayStr",
        "ArrayStr([Some(\"a\"), None])",
    );
}

#[test]
fn a_type_without_a_representation_arrives_as_bytes() {
    let database = Database::start();
    for (sql, name) in [
        ("'{}'::json", "json"),
        ("array[true]", "_bool"),
        (
            "array['01890a5d-ac96-774b-bcce-b302099a8057'::uuid]",
            "_uuid",
        ),
        ("'127.0.0.1'::inet", "inet"),
    ] {
        let answer = database.query(&format!("select {sql} as v"), json!([]));
        assert_eq!(
            answer["columns"],
            json!([["v", format!("DbDataType::Other(\"{name}\")")]]),
            "{sql}"
        );
        let value = answer["rows"][0][0].as_str().unwrap();
        assert!(
            value.starts_with("DbValue::Unsupported(["),
            "{sql}: {value}"
        );
    }
}

#[test]
fn a_timestamptz_is_written_but_not_read() {
    let database = Database::start();
    let written = database.query(
        "select extract(epoch from $1::timestamptz)::int8 as v",
        json!([{ "timestamp": 86_400 }]),
    );
    assert_eq!(written["rows"], json!([["DbValue::Int64(86400)"]]));
    let read = database.query("select now() as v", json!([]));
    assert_eq!(read["rows"], json!([]));
    assert!(
        read["result"]
            .as_str()
            .unwrap()
            .contains("QueryError::Text"),
        "{read}"
    );
}

#[test]
fn a_parameter_has_to_be_of_the_very_type() {
    let database = Database::start();
    for (sql, parameter) in [
        ("select 1 limit $1", json!({ "int32": 1 })),
        ("select $1::int4", json!({ "int64": 1 })),
        (
            "select $1::uuid",
            json!({ "str": "01890a5d-ac96-774b-bcce-b302099a8057" }),
        ),
        (
            "select $1::text",
            json!({ "uuid": "01890a5d-ac96-774b-bcce-b302099a8057" }),
        ),
    ] {
        let error = database.query(sql, json!([parameter]))["error"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(error.contains("QueryError::Text"), "{sql}: {error}");
    }
    let bad = database.query("select $1::uuid", json!([{ "uuid": "nobody" }]));
    assert!(
        bad["error"]
            .as_str()
            .unwrap()
            .contains("Error::BadParameter"),
        "{bad}"
    );
    let bad = database.run(json!([{ "sql": "select $1::uuid", "parameters": [{ "uuid": "nobody" }], "execute": true }]));
    assert!(
        bad[0]["error"]
            .as_str()
            .unwrap()
            .contains("Error::ValueConversionFailed"),
        "{bad:?}"
    );
}

#[test]
fn a_numeric_too_large_ends_the_instance() {
    let database = Database::start();
    let statements = json!([{ "sql": "select 1e40::numeric as large" }]);
    let answer = database.send(&database.address(), statements);
    assert_eq!((answer.status, answer.body.as_str()), (500, ""));
    let line = database.host.wait_for_note("large");
    assert!(
        is_spin() || line.contains("the component's fault"),
        "{line}"
    );
    assert_eq!(database.host.get("/hello").ok(), "hello");
}

#[test]
fn long_results_come_whole_and_too_large_ones_are_an_error() {
    let database = Database::start();
    let rows = database.query(
        "select g, repeat('x', 100) as t from generate_series(1, 20000) g",
        json!([]),
    );
    assert_eq!(rows["rows"].as_array().unwrap().len(), 20_000);
    assert_eq!(rows["result"], "ok");
    let large = database.query("select repeat('x', 135000000) as t", json!([]));
    assert_eq!(large["rows"], json!([]));
    assert!(
        large["result"]
            .as_str()
            .unwrap()
            .contains("query result exceeds limit of 134217728 bytes"),
        "{large}"
    );
}
