//! Statements about sagas: leases, the journal, and the administrator's list.

use std::time::Duration;

use saga::{Millis, SagaState, StepName};
use serde::{Deserialize, Serialize};
use service::{
    Database,
    database::{Created, DatabaseError, Page, column, jsonb},
    telemetry::{log, trace::TraceContext},
};
use spin_sdk::pg::ParameterValue;
use uuid::Uuid;

use super::Lease;
use crate::{
    domain::{Change, SagaRecord},
    fulfilment::FULFILMENT,
    participants::OrderContents,
};

/// A saga that was claimed, with all that its driver needs.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    pub epoch: i64,
    /// How many entries the journal has.
    pub seq: i32,
    pub definition: i32,
    pub saga: serde_json::Value,
    /// The administrator asked for a retry.
    pub retry_requested: bool,
    /// The steps that it was claimed to try now: it waited because their participants did not answer.
    pub retry_steps: Vec<StepName>,
    /// Milliseconds since the order was placed, by the database's clock.
    pub elapsed: Millis,
    #[serde(flatten)]
    pub contents: OrderContents,
    #[serde(flatten)]
    pub trace: Trace,
}

/// The trace of the request that placed the order, which is its saga's as well.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Trace {
    pub traceparent: Option<String>,
    pub tracestate: Option<String>,
}

impl Trace {
    /// The trace; a new one when the saga has none.
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

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    Written,
    /// It is written, and the lease is over: the participant that is to be called does not answer anyone, and the saga
    /// waits until it does.
    WrittenAndReleased,
    /// The saga was claimed by another, and nothing has changed.
    NotWritten,
}

/// Writes a change that is based on the entry `seq` of the journal, under this epoch. With `keep`, the lease begins
/// anew and lasts so long; without, the saga can be claimed when it is due.
pub async fn record(
    database: &Database,
    order: Uuid,
    (epoch, seq): (i64, i32),
    change: &Change<'_>,
    keep: Option<Duration>,
) -> Result<Recorded, DatabaseError> {
    let statement = "select from record_transition($1, $2, $3, $4, $5)";
    let lease_ms = keep.map(|lease| i32::try_from(lease.as_millis()).unwrap_or(i32::MAX));
    let parameters = [
        order.into(),
        epoch.into(),
        seq.into(),
        jsonb(change)?,
        lease_ms.into(),
    ];
    // The number of rows is the answer: counting them costs half of what reading a value does.
    Ok(match database.count(statement, &parameters).await? {
        0 => Recorded::NotWritten,
        1 => Recorded::Written,
        _ => Recorded::WrittenAndReleased,
    })
}

/// Claims a saga, if it is due.
pub async fn claim(
    database: &Database,
    order: Uuid,
    lease: Lease,
) -> Result<Option<Claim>, DatabaseError> {
    let statement = "select claim_saga($1, $2, $3, $4)";
    let parameters = [
        order.into(),
        lease.owner.into(),
        lease.duration_ms.into(),
        FULFILMENT.version().into(),
    ];
    let claims = database.json_rows(statement, &parameters).await?;
    Ok(claims.into_iter().next())
}

/// Claims the sagas that have been due for longest, at most `limit`. One that cannot be read is left alone,
/// and does not keep the others back.
pub async fn claim_due(
    database: &Database,
    lease: Lease,
    limit: i32,
) -> Result<Vec<Claim>, DatabaseError> {
    let statement = "select claim_due_sagas($1, $2, $3, $4)";
    let parameters = [
        lease.owner.into(),
        lease.duration_ms.into(),
        FULFILMENT.version().into(),
        limit.into(),
    ];
    let claimed = database.json_rows(statement, &parameters).await?;
    Ok(claimed.into_iter().filter_map(readable_claim).collect())
}

fn readable_claim(record: serde_json::Value) -> Option<Claim> {
    let order = record.get("orderId").cloned().unwrap_or_default();
    serde_json::from_value(record)
        .inspect_err(|error| {
            log::error(
                "a saga is left alone",
                &[("order", &order), ("cause", error)],
            );
        })
        .ok()
}

/// Makes sagas due that wait for their next attempt, and notes that a retry was requested: one, or at most
/// `limit` of all. Returns how many.
pub async fn request_retry(
    database: &Database,
    order: Option<Uuid>,
    limit: i32,
) -> Result<u64, DatabaseError> {
    let statement = "select from request_retry($1, $2, $3)";
    let parameters = [order.into(), FULFILMENT.version().into(), limit.into()];
    database.count(statement, &parameters).await
}

/// How far a saga is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many entries the journal has.
    pub seq: i32,
    pub ended: bool,
    /// It can be claimed.
    pub due: bool,
}

/// How far a saga is, as cheaply as it can be read; `None` when there is no such order.
pub async fn progress(database: &Database, order: Uuid) -> Result<Option<Progress>, DatabaseError> {
    let statement = "
        select seq, ended_at is not null as ended, coalesce(due_at <= now(), false) as due
        from sagas
        where order_id = $1";
    let Some(row) = database.row(statement, &[order.into()]).await? else {
        return Ok(None);
    };
    Ok(Some(Progress {
        seq: column(&row, "seq")?,
        ended: column(&row, "ended")?,
        due: column(&row, "due")?,
    }))
}

/// A page of all sagas, those of the newest orders first.
pub async fn list(
    database: &Database,
    state: Option<SagaState>,
    page: &Page<Created>,
) -> Result<Vec<SagaRecord>, DatabaseError> {
    let before = page.after.unwrap_or(Created::LAST);
    let mut parameters: Vec<ParameterValue> =
        vec![before.at.into(), before.id.into(), page.read_limit().into()];
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

/// A saga is created with its order, whose index is used.
pub(crate) const LIST: &str = "
    select saga_record(s)
    from orders as o
    join sagas as s on s.order_id = o.id
    where (o.created_at, o.id) < (instant($1), $2)
    order by o.created_at desc, o.id desc
    limit $3";

pub(crate) const LIST_BY_STATE: &str = "
    select saga_record(s)
    from sagas as s
    where (s.created_at, s.order_id) < (instant($1), $2) and s.state = $4
    order by s.created_at desc, s.order_id desc
    limit $3";

/// One saga; `None` when there is no such order.
pub async fn find(database: &Database, order: Uuid) -> Result<Option<SagaRecord>, DatabaseError> {
    let statement = "select saga_record(s) from sagas as s where s.order_id = $1";
    let rows = database.json_rows(statement, &[order.into()]).await?;
    Ok(rows.into_iter().next())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_that_cannot_be_read_does_not_keep_the_others_back() {
        let good = json!({
            "orderId": Uuid::nil(), "epoch": 2, "seq": 2, "definition": 1, "saga": {},
            "retryRequested": false, "retrySteps": [], "elapsed": 5,
            "userId": Uuid::nil(), "total": 1, "deliveryDate": "2030-01-01", "courierId": null,
            "items": [{"productId": Uuid::nil(), "quantity": 1}],
        });
        let mut bad = good.clone();
        bad["items"] = json!(null);
        let read: Vec<Claim> = [bad, good].into_iter().filter_map(readable_claim).collect();
        assert_eq!(read.len(), 1);
    }
}
