//! The contract, call by call, on a running system. The tests share it and run side by side: each makes
//! what it touches.

mod access;
mod admin_account;
mod barrier;
mod barrier_race;
mod bodies;
mod cancellation;
mod charges;
mod couriers;
mod failures;
mod fields;
mod forged_service_tokens;
mod forged_user_tokens;
mod idempotency;
mod item_reservations;
mod language;
mod login;
mod methods;
mod operations;
mod orders;
mod paging;
mod products;
mod queries;
mod races;
mod refresh;
mod registration;
mod request_ids;
mod sagas;
mod scenario;
mod stream;
mod throttling;
mod twins;
mod versions;
mod wait;
mod wallet;
