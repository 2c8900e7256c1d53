//! What if a function runs a second time: at the same time as the first, at once afterwards, and a minute later?
//!
//! A service has a table of its functions, a [`Repeat`] each. [`check`] runs a line on a new database, four times with the
//! same arguments, and compares the answers, and all rows of the database as text. [`assert_complete`] fails when the
//! service's statements call a function that has no line.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::{sleep, timeout};

use crate::connection::{Connection, connect};

/// A line of a service's table: a call that runs again.
///
/// In SQL, `#7` stands for a UUID and `@7` for 32 bytes, other ones for each number.
#[derive(Clone, Copy, Debug)]
pub struct Repeat<'a> {
    pub function: &'a str,
    /// Statements that run before.
    pub given: &'a str,
    pub call: &'a str,
    /// Statements that run in the minute before the last run.
    pub meanwhile: &'a str,
    /// Part of the answer to a run at the same time as the first, where it differs from the first answer and from `again`.
    pub together: Option<&'a str>,
    /// Part of the answer to the next run, where it differs from the first answer.
    pub again: Option<&'a str>,
    /// Part of the answer a minute later, where it differs from `again`.
    pub later: Option<&'a str>,
    /// What may change at a repeat: columns as `table.column`.
    pub changes: &'a [&'a str],
    /// Why an answer may differ, or a column change.
    pub why: &'a str,
}

impl<'a> Repeat<'a> {
    /// A call that answers the same and changes nothing whenever it runs again.
    pub const fn of(function: &'a str, call: &'a str) -> Self {
        Self {
            function,
            given: "",
            call,
            meanwhile: "",
            together: None,
            again: None,
            later: None,
            changes: &[],
            why: "",
        }
    }
}

/// Checks one line of the table of a service.
pub async fn check(service: &str, line: &Repeat<'_>) {
    let [db, other, observer] = connect(service).await;
    let differs = [line.together, line.again, line.later];
    let plain = differs.iter().all(Option::is_none) && line.changes.is_empty();
    assert_eq!(
        plain,
        line.why.is_empty(),
        "a reason for a difference: {line:?}"
    );
    db.run(&expand(line.given)).await;
    let call = answer_of(line.call);
    let snapshot = snapshot_statement(&db, line.changes).await;

    // At the same time: the second run waits for the first one's transaction, or sees nothing of it.
    db.run("begin").await;
    let first: String = db.value(&call, &[]).await;
    let after_first: String = db.value(&snapshot, &[]).await;
    let together = tokio::spawn({
        let call = call.clone();
        async move { other.value::<String>(&call, &[]).await }
    });
    until_it_waits(&observer, &together).await;
    db.run("commit").await;
    let together = timeout(Duration::from_secs(10), together).await;
    let together = together.expect("an answer in time").expect("an answer");
    let is_again = line.again.is_some_and(|again| together.contains(again));
    match line.together {
        Some(expected) => assert!(together.contains(expected), "{line:?}\n{together}"),
        None => assert!(
            together == first || is_again,
            "{line:?}\n{first}\n{together}"
        ),
    }
    assert_unchanged(&db, &snapshot, &after_first, line).await;

    let again: String = db.value(&call, &[]).await;
    assert_answer(line, line.again, &first, &again);
    assert_unchanged(&db, &snapshot, &after_first, line).await;

    db.run(&expand(line.meanwhile)).await;
    pass_a_minute(&db).await;
    let before: String = db.value(&snapshot, &[]).await;
    let later: String = db.value(&call, &[]).await;
    assert_answer(line, line.later.or(line.again), &first, &later);
    assert_unchanged(&db, &snapshot, &before, line).await;
}

/// Checks that the table has a line for each function of the database that the service's sources call.
///
/// `elsewhere`: functions whose repeats other tests show.
pub async fn assert_complete(
    service: &str,
    table: &[Repeat<'_>],
    elsewhere: &[&str],
    sources: &[&str],
) {
    let [db] = connect(service).await;
    let functions = "select proname::text from pg_proc where pronamespace = 'public'::regnamespace";
    let functions: Vec<String> = db.values(functions, &[]).await;
    let known: BTreeSet<&str> = table.iter().map(|line| line.function).collect();
    let known: BTreeSet<&str> = known
        .union(&elsewhere.iter().copied().collect())
        .copied()
        .collect();
    let statements: Vec<String> = sources.iter().flat_map(|source| literals(source)).collect();
    let missing: Vec<&String> = functions
        .iter()
        .filter(|name| statements.iter().any(|text| calls(text, name)))
        .filter(|name| !known.contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "functions without a line: {missing:?}");
    for line in table {
        let exists = functions.iter().any(|name| name == line.function);
        assert!(exists && calls(line.call, line.function), "{line:?}");
    }
}

/// Whether an SQL text calls the function.
fn calls(text: &str, function: &str) -> bool {
    let call = format!("{function}(");
    text.match_indices(&call).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        before.is_none_or(|it| !it.is_alphanumeric() && it != '_')
    })
}

/// The literals of a Rust source without raw strings or escaped quotes.
fn literals(source: &str) -> Vec<String> {
    let code: Vec<&str> = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    code.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Puts UUIDs and bytes in.
fn expand(sql: &str) -> String {
    let mut expanded = String::new();
    let mut rest = sql;
    while let Some(at) = rest.find(['#', '@']) {
        let (before, found) = rest.split_at(at);
        let (kind, after) = found.split_at(1);
        let digits = after
            .find(|it: char| !it.is_ascii_digit())
            .unwrap_or(after.len());
        let (number, after) = after.split_at(digits);
        expanded.push_str(before);
        match (kind, number) {
            (_, "") => expanded.push_str(kind),
            ("#", _) => expanded += &format!("uuid '00000000-0000-7000-8000-{number:0>12}'"),
            _ => expanded += &format!("sha256('{number}')"),
        }
        rest = after;
    }
    expanded + rest
}

/// A statement that returns a call's answer as text: its rows, and without what only tells the time.
fn answer_of(call: &str) -> String {
    let times = [
        // The keys of numbers that are times or durations.
        r#"("(createdAt|updatedAt|at|elapsed|issuedAt|waitMs|retryAfter|retryInMs|outboxLag|oldestUnfinished|startedAt|endedAt)": )-?[0-9.]+"#,
        // RFC 3339, and milliseconds since 1970.
        r"()\d{4}-\d\d-\d\dT[0-9:.]+Z",
        r"()\m1[5-9]\d{11}\M",
    ];
    let text = times.iter().fold(
        "coalesce(string_agg(answer::text, E'\\n' order by answer::text), 'nothing')".to_owned(),
        |text, time| format!("regexp_replace({text}, '{time}', '\\1time', 'g')"),
    );
    format!("select {text} from {} as answer", expand(call))
}

/// A statement that returns all rows of the database as text, without these columns.
async fn snapshot_statement(db: &Connection, without: &[&str]) -> String {
    let tables = "
        select format(
            '(select ''%1$s: '' || coalesce(string_agg(it::text, E''\\n'' order by it), '''')
            from (select to_jsonb(it) - %2$L::text[] from %1$I as it) as rows (it))',
            relname,
            array(
                select split_part(column_name, '.', 2)
                from jsonb_array_elements_text($1) as column_name
                where split_part(column_name, '.', 1) = relname
            )
        )
        from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> '_sqlx_migrations'
        order by relname";
    let without = without.iter().map(|name| format!("\"{name}\""));
    let without = format!("[{}]", without.collect::<Vec<_>>().join(","));
    let tables = tables.replace("$1", &format!("'{without}'"));
    let tables: Vec<String> = db.values(&tables, &[]).await;
    format!("select concat_ws(E'\\n', {})", tables.join(", "))
}

async fn assert_unchanged(db: &Connection, snapshot: &str, before: &str, line: &Repeat<'_>) {
    let after: String = db.value(snapshot, &[]).await;
    assert!(
        before == after,
        "{line:#?}\nbefore:\n{before}\nafter:\n{after}"
    );
}

fn assert_answer(line: &Repeat<'_>, expected: Option<&str>, first: &str, answer: &str) {
    match expected {
        Some(expected) => assert!(answer.contains(expected), "{line:#?}\n{answer}"),
        None => assert_eq!(answer, first, "{line:#?}"),
    }
}

/// Waits until a statement waits for a lock, or has ended; at most for half a second.
async fn until_it_waits<T>(observer: &Connection, statement: &tokio::task::JoinHandle<T>) {
    let waiting = "select exists (
        select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
    )";
    for _ in 0..50 {
        if statement.is_finished() || observer.value(waiting, &[]).await {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
}

/// Makes everything a minute older.
async fn pass_a_minute(db: &Connection) {
    let columns = "
        select format(
            'update %I set %s;',
            table_name,
            string_agg(format('%1$I = %1$I - interval ''1 minute''', column_name), ', ')
        )
        from information_schema.columns
        where table_schema = 'public' and table_name <> '_sqlx_migrations'
            and data_type = 'timestamp with time zone' and is_generated = 'NEVER'
        group by table_name";
    let updates: Vec<String> = db.values(columns, &[]).await;
    // Without triggers: some rows may not change otherwise.
    let updates = updates.concat();
    db.run(&format!(
        "set session_replication_role = replica; {updates} reset session_replication_role"
    ))
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_found_in_a_statement() {
        assert!(calls("select charge($1)", "charge"));
        assert!(calls("charge($1)", "charge"));
        assert!(!calls("select recharge($1)", "charge"));
        assert!(!calls("select charges", "charge"));
        let source = "// \"select a()\"\nlet s = \"select b()\"; c();";
        assert_eq!(literals(source), ["select b()"]);
    }

    #[test]
    fn numbers_stand_for_ids_and_bytes() {
        let expanded = expand("f(#12, @3, a #>> b, c @> d)");
        assert_eq!(
            expanded,
            "f(uuid '00000000-0000-7000-8000-000000000012', sha256('3'), a #>> b, c @> d)"
        );
    }
}
