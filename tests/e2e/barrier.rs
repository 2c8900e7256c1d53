//! The barrier of each participant: a step and its undoing, in every order of arrival.

use harness::{
    customer::Customer,
    participant::Participant,
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A participant with a step, another body that does not match the step, and the words of its answers.
struct Subject {
    participant: Participant,
    purchase: Purchase,
    body: Value,
    other: Value,
    done: &'static str,
    undone: &'static str,
    mismatch: &'static str,
}

impl Subject {
    async fn billing(system: &System) -> Self {
        let purchase = Purchase::with(system, 3 * PRICE, 3).await;
        let user = purchase.customer.id;
        Self {
            participant: system.billing(),
            body: json!({"userId": user, "amount": PRICE}),
            other: json!({"userId": user, "amount": PRICE + 1}),
            purchase,
            done: "CHARGED",
            undone: "REFUNDED",
            mismatch: "CHARGE_MISMATCH",
        }
    }

    async fn warehouse(system: &System) -> Self {
        let purchase = Purchase::with(system, 0, 3).await;
        let items = |quantity: u8| json!({"items": [{"productId": purchase.product, "quantity": quantity}]});
        Self {
            participant: system.warehouse(),
            body: items(1),
            other: items(2),
            purchase,
            done: "RESERVED",
            undone: "RELEASED",
            mismatch: "RESERVATION_MISMATCH",
        }
    }

    async fn delivery(system: &System) -> Self {
        let purchase = Purchase::with(system, 0, 0).await;
        let other_courier = purchase.admin.courier().await;
        Self {
            participant: system.delivery(),
            body: json!({"date": purchase.date, "courierId": purchase.courier}),
            other: json!({"date": purchase.date, "courierId": other_courier}),
            purchase,
            done: "RESERVED",
            undone: "RELEASED",
            mismatch: "RESERVATION_MISMATCH",
        }
    }

    async fn all(system: &System) -> [Self; 3] {
        [
            Self::billing(system).await,
            Self::warehouse(system).await,
            Self::delivery(system).await,
        ]
    }

    async fn put(&self, order: Uuid, status: u16) -> Value {
        let body = self.participant.put(order, &self.body).await.expect(status);
        assert_eq!(
            (&body["orderId"], &body["status"]),
            (&json!(order), &json!(self.done)),
            "{}",
            self.participant.name
        );
        body
    }

    async fn late_put(&self, order: Uuid) {
        self.participant
            .put(order, &self.body)
            .await
            .problem(409, "ALREADY_COMPENSATED");
    }

    /// Checks that the step has its effect, or that nothing is changed.
    async fn check_effect(&self, done: bool) {
        let held = self.purchase.holdings().await;
        let name = self.participant.name;
        match name {
            "billing" => assert_eq!(
                held.balance,
                if done { 2 * PRICE } else { 3 * PRICE },
                "{name}"
            ),
            "warehouse" => assert_eq!(held.quantity, if done { 2 } else { 3 }, "{name}"),
            _ => assert_eq!(held.courier_reserved, done, "{name}"),
        }
    }
}

/// A message, and the expected answer.
#[derive(Clone, Copy, Debug)]
enum Message {
    /// PUT: 201.
    First,
    /// PUT again: 200 with the first answer.
    Repeat,
    /// PUT with another body after the first: the participant's mismatch code.
    Mismatch,
    /// PUT after DELETE: `ALREADY_COMPENSATED`.
    Late,
    /// PUT with another body after DELETE: `ALREADY_COMPENSATED`.
    LateMismatch,
    /// DELETE after PUT, once or again: the participant's undone status.
    Undo,
    /// DELETE without PUT, once or again: `VOID`.
    Void,
}

impl Subject {
    /// Sends the messages of one order. Checks each answer, and after each whether the step has its effect.
    async fn receive(&self, messages: &[Message]) {
        use Message::*;
        let order = unique::id();
        let mut first = Value::Null;
        for message in messages {
            let put_other = || self.participant.put(order, &self.other);
            match message {
                First => first = self.put(order, 201).await,
                Repeat => assert_eq!(self.put(order, 200).await, first),
                Mismatch => drop(put_other().await.problem(409, self.mismatch)),
                Late => self.late_put(order).await,
                LateMismatch => drop(put_other().await.problem(409, "ALREADY_COMPENSATED")),
                Undo => assert_eq!(self.participant.undo(order).await, self.undone),
                Void => assert_eq!(self.participant.undo(order).await, "VOID"),
            }
            self.check_effect(matches!(message, First | Repeat | Mismatch))
                .await;
        }
    }
}

#[tokio::test]
async fn a_step_and_its_undoing_arrive_in_any_order() {
    use Message::*;
    let system = System::connect();
    for subject in Subject::all(&system).await {
        for messages in [
            &[First, Repeat, Undo, Undo, Late, Late, Undo][..],
            &[Void, Late, Void, Late],
            &[Void, Void],
            &[First, Mismatch, Repeat, Undo, LateMismatch],
            &[Void, LateMismatch],
        ] {
            println!("{}: {messages:?}", subject.participant.name);
            subject.receive(messages).await;
        }
    }
}

/// A refusal changes nothing: the same step can be done once the cause is gone, and undone.
#[tokio::test]
async fn a_refused_charge_can_be_done_later_or_voided() {
    let system = System::connect();
    let customer: Customer = system.customer();
    let charge = json!({"userId": customer.id, "amount": 500});
    let (later, never) = (unique::id(), unique::id());
    for order in [later, never] {
        system
            .billing()
            .put(order, &charge)
            .await
            .problem(409, "INSUFFICIENT_FUNDS");
    }
    assert_eq!(system.billing().undo(never).await, "VOID");
    customer.deposit(500).await;
    system
        .billing()
        .put(never, &charge)
        .await
        .problem(409, "ALREADY_COMPENSATED");
    system.billing().put(later, &charge).await.expect(201);
    assert_eq!(customer.balance().await, 0);
    assert_eq!(system.billing().undo(later).await, "REFUNDED");
    assert_eq!(customer.balance().await, 500);
}

#[tokio::test]
async fn a_refused_item_reservation_can_be_done_later_or_voided() {
    let system = System::connect();
    let admin = system.admin().await;
    let product = admin.product(PRICE, 0).await;
    let items = json!({"items": [{"productId": product, "quantity": 1}]});
    let (later, never) = (unique::id(), unique::id());
    for order in [later, never] {
        system
            .warehouse()
            .put(order, &items)
            .await
            .problem(409, "OUT_OF_STOCK");
    }
    assert_eq!(system.warehouse().undo(never).await, "VOID");
    admin
        .patch(format!("/api/warehouse/products/{product}"))
        .json(&json!({"quantity": 1}))
        .send()
        .await
        .expect(200);
    system
        .warehouse()
        .put(never, &items)
        .await
        .problem(409, "ALREADY_COMPENSATED");
    system.warehouse().put(later, &items).await.expect(201);
    assert_eq!(admin.quantity(product).await, 0);
    assert_eq!(system.warehouse().undo(later).await, "RELEASED");
    assert_eq!(admin.quantity(product).await, 1);
}

#[tokio::test]
async fn a_refused_courier_reservation_can_be_done_later_or_voided() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 0, 0).await;
    let reservation = json!({"date": purchase.date, "courierId": purchase.courier});
    let (first, later, never) = (unique::id(), unique::id(), unique::id());
    system.delivery().put(first, &reservation).await.expect(201);
    for order in [later, never] {
        system
            .delivery()
            .put(order, &reservation)
            .await
            .problem(409, "NO_COURIER_AVAILABLE");
    }
    assert_eq!(system.delivery().undo(never).await, "VOID");
    assert_eq!(system.delivery().undo(first).await, "RELEASED");
    system
        .delivery()
        .put(never, &reservation)
        .await
        .problem(409, "ALREADY_COMPENSATED");
    system.delivery().put(later, &reservation).await.expect(201);
    assert_eq!(system.delivery().undo(later).await, "RELEASED");
    assert!(!purchase.holdings().await.courier_reserved);
}
