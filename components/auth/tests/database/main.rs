//! Auth's functions on a real PostgreSQL: accounts, counted failures, rotation, races and plans.

mod administrator;
mod logins;
mod plans;
mod races;
mod sessions;

use postgres_server::ThrowawayDatabase;
use serde_json::Value;
use tokio_postgres::{Client, types::ToSql};
use uuid::Uuid;

const PASSWORD_HASH: &str = "$argon2id$of a password";
const ADMIN: &str = "Admin@Example.com";
const ADMIN_KEY: &str = "admin@example.com";
const MARK: [u8; 32] = [1; 32];

/// One connection to auth's database.
struct Auth(Client);

/// A refresh token, by its hashes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Token {
    handle: [u8; 32],
    hash: [u8; 32],
}

impl Token {
    fn first() -> Self {
        Self {
            handle: anything(),
            hash: anything(),
        }
    }

    fn next(self) -> Self {
        Self {
            hash: anything(),
            ..self
        }
    }
}

/// 32 bytes that nothing else has.
fn anything() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

async fn database() -> ThrowawayDatabase {
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/auth");
    ThrowawayDatabase::new(migrations).await.unwrap()
}

async fn auth() -> Auth {
    connect(&database().await).await
}

async fn connect(database: &ThrowawayDatabase) -> Auth {
    Auth(database.connect().await.unwrap())
}

impl Auth {
    /// The one value that a statement answers with, as JSON.
    async fn answer(&self, statement: &str, parameters: &[&(dyn ToSql + Sync)]) -> Value {
        let row = self.0.query_one(statement, parameters).await.unwrap();
        row.get::<_, Option<Value>>(0).unwrap_or_default()
    }

    async fn run(&self, statement: &str) {
        self.0.batch_execute(statement).await.unwrap();
    }

    async fn count(&self, table: &str) -> i64 {
        let statement = format!("select count(*) from {table}");
        self.0.query_one(&statement, &[]).await.unwrap().get(0)
    }

    async fn register(&self, user: Uuid, email: &str) -> Value {
        self.answer(
            "select register_user($1, $2, $3, null)",
            &[&user, &email, &PASSWORD_HASH],
        )
        .await
    }

    /// A new user with this e-mail.
    async fn user(&self, email: &str) -> Uuid {
        let user = Uuid::now_v7();
        assert_eq!(self.register(user, email).await["role"], "CUSTOMER");
        user
    }

    async fn role(&self, email: &str) -> String {
        let statement = "select role from users where email_key = email_key($1)";
        self.0.query_one(statement, &[&email]).await.unwrap().get(0)
    }

    async fn begin(&self, attempt: Uuid, subject: &[u8; 32]) -> Value {
        self.answer(
            "select begin_login($1, $2, 'nobody@example.com')",
            &[&attempt, &subject.as_slice()],
        )
        .await
    }

    async fn fail(&self, attempt: Uuid, subject: &[u8; 32]) {
        self.0
            .execute(
                "select fail_login($1, $2)",
                &[&attempt, &subject.as_slice()],
            )
            .await
            .unwrap();
    }

    /// An attempt from its beginning to its failure; what its beginning was answered with.
    async fn try_and_fail(&self, subject: &[u8; 32]) -> Value {
        let attempt = Uuid::now_v7();
        let answer = self.begin(attempt, subject).await;
        if answer["outcome"] == "ADMITTED" {
            self.fail(attempt, subject).await;
        }
        answer
    }

    async fn open_as(&self, attempt: Uuid, subject: &[u8; 32], user: Uuid, token: Token) -> Value {
        self.answer(
            "select open_session($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &[
                &attempt,
                &subject.as_slice(),
                &user,
                &PASSWORD_HASH,
                &ADMIN_KEY,
                &Uuid::now_v7(),
                &token.handle.as_slice(),
                &token.hash.as_slice(),
                &Uuid::now_v7(),
            ],
        )
        .await
    }

    /// A session of a user; its first token.
    async fn session(&self, user: Uuid) -> Token {
        let token = Token::first();
        let grant = self.open_as(Uuid::now_v7(), &anything(), user, token).await;
        assert_eq!(grant["userId"], user.to_string());
        token
    }

    async fn open_admin(&self, mark: [u8; 32], hash: &str, token: Token) -> Value {
        self.answer(
            "select open_admin_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            &[
                &Uuid::now_v7(),
                &anything().as_slice(),
                &Uuid::now_v7(),
                &ADMIN,
                &hash,
                &mark.as_slice(),
                &Uuid::now_v7(),
                &token.handle.as_slice(),
                &token.hash.as_slice(),
                &Uuid::now_v7(),
            ],
        )
        .await
    }

    async fn refresh(&self, token: Token, successor: Token) -> Value {
        self.refresh_as(token, successor, None, MARK).await
    }

    async fn refresh_as(
        &self,
        token: Token,
        successor: Token,
        key: Option<&str>,
        mark: [u8; 32],
    ) -> Value {
        self.answer(
            "select refresh_session($1, $2, true, $3, $4, $5, $6, $7)",
            &[
                &token.handle.as_slice(),
                &token.hash.as_slice(),
                &successor.hash.as_slice(),
                &key,
                &Uuid::now_v7(),
                &ADMIN_KEY,
                &mark.as_slice(),
            ],
        )
        .await
    }

    /// A refresh that must succeed; the next token.
    async fn rotated(&self, token: Token) -> Token {
        let next = token.next();
        assert_eq!(self.refresh(token, next).await["outcome"], "GRANTED");
        next
    }
}
