//! Statements about sagas: leases, the journal, and what people see of them.

use chrono::NaiveDate;
use contract::warehouse;
use saga::{DEFINITION, Millis, ShownState};
use serde::{Deserialize, Serialize};
use service::{
    Database,
    database::{DatabaseError, column, jsonb},
    telemetry::{log, trace::TraceContext},
    web::page::Page,
};
use spin_sdk::pg::ParameterValue;
use uuid::Uuid;

use crate::domain::{Change, SagaDocument};

/// A saga that was taken, with all that its driver needs to know.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    pub order_id: Uuid,
    pub epoch: i64,
    /// How many entries the journal has.
    pub seq: i32,
    pub saga: serde_json::Value,
    /// A person asked for whatever waits to be tried now.
    pub hurry: bool,
    /// Milliseconds since the order was placed, by the database's clock.
    pub elapsed: Millis,
    #[serde(flatten)]
    pub task: Task,
    #[serde(flatten)]
    pub trace: Trace,
}

/// The trace of the request that placed the order, and so of its saga for good.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Trace {
    pub traceparent: Option<String>,
    pub tracestate: Option<String>,
}

impl Trace {
    /// The trace to go on with; a new one when the saga has none.
    pub fn context(&self) -> TraceContext {
        let parent = self.traceparent.as_deref();
        let context = parent.and_then(|it| TraceContext::parse(it, self.tracestate.as_deref()));
        context.unwrap_or_else(TraceContext::new_unsampled)
    }
}

impl From<&TraceContext> for Trace {
    fn from(context: &TraceContext) -> Self {
        Self {
            traceparent: Some(context.parent().to_owned()),
            tracestate: context.state().map(str::to_owned),
        }
    }
}

/// What the participants are asked to do.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    pub user_id: Uuid,
    /// Minor units.
    pub total: i64,
    pub delivery_date: NaiveDate,
    /// The courier asked for.
    pub courier_id: Option<Uuid>,
    pub items: Vec<warehouse::Item>,
}

/// Writes a decision that was based on the entry `seq` of the journal, under this epoch. `false`: the
/// saga is in other hands, and nothing has changed.
pub async fn record(
    database: &Database,
    order: Uuid,
    (epoch, seq): (i64, i32),
    change: &Change<'_>,
    keep: bool,
    lease_ms: i32,
) -> Result<bool, DatabaseError> {
    // The outcome is told by the number of rows, which costs half of what a value does.
    let statement = "select from record_saga($1, $2, $3, $4, $5, $6)";
    let parameters = [
        order.into(),
        epoch.into(),
        seq.into(),
        jsonb(change)?,
        keep.into(),
        lease_ms.into(),
    ];
    Ok(database.count(statement, &parameters).await? > 0)
}

/// Takes one saga, if it is due.
pub async fn claim(
    database: &Database,
    order: Uuid,
    owner: Uuid,
    lease_ms: i32,
) -> Result<Option<Claim>, DatabaseError> {
    let statement = "select claim_saga($1, $2, $3, $4)";
    let parameters = [
        order.into(),
        owner.into(),
        lease_ms.into(),
        DEFINITION.into(),
    ];
    let claims = database.json_rows(statement, &parameters).await?;
    Ok(claims.into_iter().next())
}

/// Takes the sagas that have been due for longest, `limit` at the most. One that cannot be read is left
/// alone, and keeps nobody from the others.
pub async fn claim_due(
    database: &Database,
    owner: Uuid,
    lease_ms: i32,
    limit: i32,
) -> Result<Vec<Claim>, DatabaseError> {
    let statement = "select claim_due_sagas($1, $2, $3, $4)";
    let parameters = [
        owner.into(),
        lease_ms.into(),
        DEFINITION.into(),
        limit.into(),
    ];
    let taken = database.json_rows(statement, &parameters).await?;
    Ok(taken.into_iter().filter_map(readable_claim).collect())
}

fn readable_claim(document: serde_json::Value) -> Option<Claim> {
    let order = document.get("orderId").cloned().unwrap_or_default();
    serde_json::from_value(document)
        .inspect_err(|error| {
            log::error(
                "a saga is left alone",
                &[("order", &order), ("cause", error)],
            );
        })
        .ok()
}

/// Makes sagas due now that wait for their next attempt: one, or as many as `limit` of all. Answers how
/// many.
pub async fn hurry(
    database: &Database,
    order: Option<Uuid>,
    limit: i32,
) -> Result<u64, DatabaseError> {
    let statement = "select from hurry_sagas($1, $2, $3)";
    let parameters = [order.into(), DEFINITION.into(), limit.into()];
    database.count(statement, &parameters).await
}

/// A look at a saga, as cheap as can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    /// How many entries the journal has.
    pub seq: i32,
    pub ended: bool,
    /// Nobody drives it, and there is something to do.
    pub due: bool,
}

pub async fn glance(database: &Database, order: Uuid) -> Result<Option<Glance>, DatabaseError> {
    let statement = "
        select seq, ended_at is not null as ended, coalesce(due_at <= now(), false) as due
        from sagas
        where order_id = $1";
    let Some(row) = database.row(statement, &[order.into()]).await? else {
        return Ok(None);
    };
    Ok(Some(Glance {
        seq: column(&row, "seq")?,
        ended: column(&row, "ended")?,
        due: column(&row, "due")?,
    }))
}

/// A page of all sagas, those of the newest orders first.
pub async fn list(
    database: &Database,
    state: Option<ShownState>,
    page: &Page<Uuid>,
) -> Result<Vec<SagaDocument>, DatabaseError> {
    let before = page.after.unwrap_or(Uuid::max());
    let mut parameters: Vec<ParameterValue> = vec![before.into(), page.read_limit().into()];
    let statement = match state {
        None => LIST,
        Some(state) => {
            let code = serde_json::to_value(state).ok();
            let code = code.as_ref().and_then(serde_json::Value::as_str);
            parameters.push(code.unwrap_or_default().to_owned().into());
            LIST_BY_STATE
        }
    };
    database.json_rows(statement, &parameters).await
}

pub(crate) const LIST: &str = "
    select saga_document(s)
    from sagas as s
    where s.order_id < $1
    order by s.order_id desc
    limit $2";

pub(crate) const LIST_BY_STATE: &str = "
    select saga_document(s)
    from sagas as s
    where s.order_id < $1 and s.state = $3
    order by s.order_id desc
    limit $2";

/// One saga; none when there is no such order.
pub async fn find(database: &Database, order: Uuid) -> Result<Option<SagaDocument>, DatabaseError> {
    let statement = "select saga_document(s) from sagas as s where s.order_id = $1";
    let rows = database.json_rows(statement, &[order.into()]).await?;
    Ok(rows.into_iter().next())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_that_cannot_be_read_keeps_nobody_from_the_others() {
        let good = json!({
            "orderId": Uuid::nil(), "epoch": 2, "seq": 2, "saga": {}, "hurry": false, "elapsed": 5,
            "userId": Uuid::nil(), "total": 1, "deliveryDate": "2030-01-01", "courierId": null,
            "items": [{"productId": Uuid::nil(), "quantity": 1}],
        });
        let mut bad = good.clone();
        bad["items"] = json!(null);
        let read: Vec<Claim> = [bad, good].into_iter().filter_map(readable_claim).collect();
        assert_eq!(read.len(), 1);
    }
}
