//! The barrier when a step, its copies and its undoing arrive at the same time.

use futures::future::{join, join_all};
use harness::{
    answer::Answer,
    participant::Participant,
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use serde_json::{Value, json};

/// How often each race is run. Any winner is right.
const ROUNDS: usize = 12;

async fn steps(system: &System, purchase: &Purchase) -> [(Participant, Value); 3] {
    [
        (
            system.billing(),
            json!({"userId": purchase.customer.id, "amount": PRICE}),
        ),
        (
            system.warehouse(),
            json!({"items": [{"productId": purchase.product, "quantity": 1}]}),
        ),
        (
            system.delivery(),
            json!({"date": purchase.date, "courierId": purchase.courier}),
        ),
    ]
}

#[tokio::test]
async fn copies_of_one_step_do_it_once() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 10 * PRICE, 10).await;
    let before = purchase.holdings().await;
    let mut done = Vec::new();
    for (participant, body) in steps(&system, &purchase).await {
        let order = unique::id();
        let answers = join_all((0..8).map(|_| participant.put(order, &body))).await;
        let count = |status: u16| {
            answers
                .iter()
                .filter(|answer| answer.status == status)
                .count()
        };
        assert_eq!(
            (count(201), count(200)),
            (1, 7),
            "{}: {}",
            participant.name,
            shown(&answers)
        );
        done.push((participant, order));
    }
    let held = purchase.holdings().await;
    assert_eq!(
        (held.balance, held.quantity, held.courier_reserved),
        (9 * PRICE, 9, true)
    );
    assert_eq!(purchase.customer.transactions().await.len(), 2);

    for (participant, order) in done {
        let mut undone = join_all((0..8).map(|_| participant.undo(order))).await;
        undone.dedup();
        assert_eq!(undone.len(), 1, "every undoing says the same");
    }
    assert_eq!(purchase.holdings().await, before);
    assert_eq!(
        purchase.customer.transactions().await.len(),
        3,
        "one refund"
    );
}

#[tokio::test]
async fn a_step_and_its_undoing_at_once_leave_nothing() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 10 * PRICE, 10).await;
    let before = purchase.holdings().await;
    for (participant, body) in steps(&system, &purchase).await {
        for _ in 0..ROUNDS {
            let order = unique::id();
            let (put, undone) = join(participant.put(order, &body), participant.undo(order)).await;
            match (put.status, undone.as_str()) {
                (201, "REFUNDED" | "RELEASED") => {}
                (409, "VOID") => {
                    put.problem(409, "ALREADY_COMPENSATED");
                }
                (_, undone) => panic!("{undone} by the undoing, while\n{put}"),
            }
            participant
                .put(order, &body)
                .await
                .problem(409, "ALREADY_COMPENSATED");
        }
    }
    assert_eq!(purchase.holdings().await, before);
}

#[tokio::test]
async fn copies_of_a_step_and_of_its_undoing_leave_nothing() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 10 * PRICE, 10).await;
    let before = purchase.holdings().await;
    for (participant, body) in steps(&system, &purchase).await {
        for _ in 0..ROUNDS {
            let order = unique::id();
            let puts = join_all((0..4).map(|_| participant.put(order, &body)));
            let deletes = join_all((0..4).map(|_| participant.undo(order)));
            let (puts, mut undone) = join(puts, deletes).await;
            assert!(
                puts.iter()
                    .all(|answer| matches!(answer.status, 200 | 201 | 409)),
                "{}",
                shown(&puts)
            );
            assert!(
                puts.iter().filter(|answer| answer.status == 201).count() <= 1,
                "{}",
                shown(&puts)
            );
            undone.dedup();
            assert_eq!(undone.len(), 1, "every undoing says the same");
        }
    }
    assert_eq!(purchase.holdings().await, before);
}

#[tokio::test]
async fn of_two_different_steps_under_one_order_one_wins() {
    let system = System::connect();
    let customer = system.customer();
    customer.deposit(100 * 1_000).await;
    let mut orders = Vec::new();
    for _ in 0..ROUNDS {
        let order = unique::id();
        let charge = |amount: i64| json!({"userId": customer.id, "amount": amount});
        let billing = system.billing();
        let (one, other) = (charge(100), charge(200));
        let (one, other) = join(billing.put(order, &one), billing.put(order, &other)).await;
        let (won, lost) = if one.status == 201 {
            (one, other)
        } else {
            (other, one)
        };
        won.status(201);
        lost.problem(409, "CHARGE_MISMATCH");
        orders.push(order);
    }
    for order in orders {
        assert_eq!(system.billing().undo(order).await, "REFUNDED");
    }
    assert_eq!(customer.balance().await, 100 * 1_000);
}

#[tokio::test]
async fn charges_of_one_wallet_at_once_never_overdraw_it() {
    let system = System::connect();
    let customer = system.customer();
    customer.deposit(1_000).await;
    let orders: Vec<_> = (0..24).map(|_| unique::id()).collect();
    let charge = json!({"userId": customer.id, "amount": 100});
    let billing = system.billing();
    let answers = join_all(orders.iter().map(|order| billing.put(*order, &charge))).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 201).count(),
        10,
        "{}",
        shown(&answers)
    );
    for answer in answers.into_iter().filter(|answer| answer.status != 201) {
        answer.problem(409, "INSUFFICIENT_FUNDS");
    }
    assert_eq!(customer.balance().await, 0);
    join_all(orders.iter().map(|order| billing.undo(*order))).await;
    assert_eq!(customer.balance().await, 1_000);
}

#[tokio::test]
async fn reservations_of_the_same_products_in_any_order_never_deadlock() {
    let system = System::connect();
    let admin = system.admin().await;
    let mut products = Vec::new();
    for _ in 0..4 {
        products.push(admin.product(PRICE, 1_000).await);
    }
    let warehouse = system.warehouse();
    let orders: Vec<_> = (0..40).map(|_| unique::id()).collect();
    let answers = join_all(orders.iter().enumerate().map(|(number, order)| {
        let mut chosen = products.clone();
        chosen.rotate_left(number % 4);
        if number % 3 == 0 {
            chosen.reverse();
        }
        let items: Vec<_> = chosen
            .iter()
            .map(|product| json!({"productId": product, "quantity": 1}))
            .collect();
        let (warehouse, body) = (&warehouse, json!({"items": items}));
        async move { warehouse.put(*order, &body).await }
    }))
    .await;
    assert!(
        answers.iter().all(|answer| answer.status == 201),
        "{}",
        shown(&answers)
    );
    assert_eq!(admin.quantity(products[0]).await, 960);
    join_all(orders.iter().map(|order| warehouse.undo(*order))).await;
    for product in products {
        assert_eq!(admin.quantity(product).await, 1_000);
    }
}

fn shown(answers: &[Answer]) -> String {
    answers
        .iter()
        .map(|answer| format!("{} {}", answer.status, answer.text()))
        .collect::<Vec<_>>()
        .join("\n")
}
