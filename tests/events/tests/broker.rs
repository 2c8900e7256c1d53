//! The broker is away when the hosts start, comes, and is killed twice in the middle of orders.

use std::time::Duration;

use events::load::{p95, place};
use events::scene::Scene;
use events::verdict::Reader;
use tokio::time::sleep;

const ORDERS: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_comes_and_goes_delays_no_order_and_loses_no_event() {
    let mut scene = Scene::set(true).await.unwrap();
    let mut reader = Reader::default();

    let without = p95(&place(&scene.ground, ORDERS).await);
    let waiting = scene.unpublished().await;
    assert!(waiting >= 4 * ORDERS as i64, "{waiting} events wait");

    scene.start_broker().unwrap();
    reader.read(&scene.delivered().await.unwrap());
    reader.knows_everything(&scene.databases).await;
    println!(
        "{waiting} events waited for a broker; {} repeats",
        reader.repeats
    );

    // A broker that is just starting may be too slow to be waited for.
    let repeats = reader.repeats;
    let with = p95(&place(&scene.ground, ORDERS).await);
    reader.read(&scene.delivered().await.unwrap());
    reader.knows_everything(&scene.databases).await;
    assert_eq!(reader.repeats, repeats, "nothing went wrong meanwhile");

    let ground = &scene.ground;
    let broker = &mut scene.broker;
    let kills = async {
        for _ in 0..2 {
            sleep(Duration::from_millis(700)).await;
            tokio::task::block_in_place(|| broker.kill()).unwrap();
            sleep(Duration::from_millis(700)).await;
            tokio::task::block_in_place(|| broker.start()).unwrap();
        }
    };
    let (times, ()) = tokio::join!(place(ground, 6 * ORDERS), kills);
    reader.read(&scene.delivered().await.unwrap());
    reader.knows_everything(&scene.databases).await;
    let killed = p95(&times);
    println!(
        "an order's p95: {with:?} with a broker, {without:?} without, {killed:?} while it was killed twice; \
         {} repeats",
        reader.repeats
    );
    // The broker has the machine's processors less while it is dead, and more while it starts.
    assert!(
        without < with * 2 + Duration::from_millis(250),
        "orders wait for a dead broker"
    );
    assert!(
        killed < with * 4 + Duration::from_millis(500),
        "orders wait for a broker that starts"
    );
    assert_eq!(scene.rig.failures_of_components().unwrap(), [""; 0]);
}
