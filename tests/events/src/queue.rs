//! A durable queue of events, read over AMQP, bound to the exchange of RabbitMQ's MQTT plugin.

use anyhow::{Context, Result};
use futures::StreamExt;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use std::time::Duration;
use tokio::time::timeout;

const QUEUE: &str = "events";
/// The exchange that the MQTT plugin publishes to, and the routing key of the topic `orders/{orderId}/status`.
const EXCHANGE: &str = "amq.topic";
const BINDING: &str = "orders.*.status";
/// A queue that delivers nothing for so long is empty.
const SILENCE: Duration = Duration::from_millis(500);

/// A delivered message.
#[derive(Clone, Debug)]
pub struct Delivered {
    pub routing_key: String,
    pub body: Vec<u8>,
}

/// Declares and binds the queue. Without it, RabbitMQ acknowledges events and drops them.
pub async fn declare(amqp_url: &str) -> Result<()> {
    let (_connection, channel) = open(amqp_url).await?;
    let nothing = FieldTable::default;
    let durable = QueueDeclareOptions::durable();
    channel
        .queue_declare(QUEUE.into(), durable, nothing())
        .await?;
    let options = QueueBindOptions::default();
    channel
        .queue_bind(
            QUEUE.into(),
            EXCHANGE.into(),
            BINDING.into(),
            options,
            nothing(),
        )
        .await?;
    Ok(())
}

/// Takes all messages of the queue, in order.
pub async fn drain(amqp_url: &str) -> Result<Vec<Delivered>> {
    let (_connection, channel) = open(amqp_url).await?;
    channel.basic_qos(500, BasicQosOptions::default()).await?;
    let options = BasicConsumeOptions::default();
    let consumer = channel.basic_consume(QUEUE.into(), "".into(), options, FieldTable::default());
    let mut consumer = consumer.await?;
    let mut delivered = Vec::new();
    while let Ok(next) = timeout(SILENCE, consumer.next()).await {
        let message = next.context("the queue is gone")??;
        message.ack(BasicAckOptions::default()).await?;
        delivered.push(Delivered {
            routing_key: message.routing_key.to_string(),
            body: message.data,
        });
    }
    Ok(delivered)
}

async fn open(amqp_url: &str) -> Result<(Connection, Channel)> {
    let connection = Connection::connect(amqp_url, ConnectionProperties::default()).await;
    let connection = connection.context("connecting to RabbitMQ over AMQP")?;
    let channel = connection.create_channel().await?;
    Ok((connection, channel))
}
