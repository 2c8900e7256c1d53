//! A reader of the events, over AMQP: a durable queue, bound to the exchange of RabbitMQ's MQTT plugin.

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
/// What the MQTT plugin publishes to, and what it makes of the topic `orders/{orderId}/status`.
const EXCHANGE: &str = "amq.topic";
const BINDING: &str = "orders.*.status";
/// A queue that is silent for so long is empty.
const SILENCE: Duration = Duration::from_millis(500);

/// A message as it was delivered.
#[derive(Clone, Debug)]
pub struct Delivered {
    pub routing_key: String,
    pub body: Vec<u8>,
}

/// Makes the queue. What is published while there is none is acknowledged, and gone.
pub async fn make(amqp_url: &str) -> Result<()> {
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

/// Takes everything that the queue holds, in its order.
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
