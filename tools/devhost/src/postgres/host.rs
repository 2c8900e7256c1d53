//! The interface itself: connections as a component holds them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use deadpool_postgres::Object;
use rustls::pki_types::CertificateDer;
use tokio::sync::mpsc;
use wasmtime::StoreContextMut;
use wasmtime::component::{
    Accessor, Destination, FutureReader, HasData, Resource, ResourceTable, StreamProducer,
    StreamReader, StreamResult, VecBuffer,
};

use super::address::Address;
use super::statement::{self, Rows};
use crate::bindings::spin::postgres::postgres::{
    Column, Error, Host, HostConnection, HostConnectionBuilder, HostConnectionBuilderWithStore,
    HostConnectionWithStore, ParameterValue, Row, RowSet,
};
use crate::component::Component;
use crate::telemetry::StatementSpan;
use crate::tls;

/// The interface's place in a linker.
pub struct Postgres;

/// What the interface needs of an instance.
pub struct PostgresView<'a> {
    pub component: &'a Arc<Component>,
    pub table: &'a mut ResourceTable,
}

impl HasData for Postgres {
    type Data<'a> = PostgresView<'a>;
}

/// A connection of the component's pool. It goes back when nobody uses it any more.
#[derive(Clone)]
pub struct Connection {
    client: Arc<Object>,
    /// The database's name.
    database: Arc<str>,
}

/// Where to connect to, before it is done.
#[derive(Clone)]
pub struct ConnectionBuilder {
    address: String,
    authorities: Vec<CertificateDer<'static>>,
}

type Opened = Result<Resource<Connection>, Error>;
type Answer = (
    Vec<Column>,
    StreamReader<Row>,
    FutureReader<Result<(), Error>>,
);

impl Connection {
    fn span(&self, component: &Component, statement: &str) -> StatementSpan {
        component
            .telemetry
            .statement(&component.id, &self.database, statement)
    }
}

impl ConnectionBuilder {
    fn new(address: String) -> Self {
        Self {
            address,
            authorities: Vec::new(),
        }
    }

    /// Connects, when the component may. Waits for ever while all connections of the pool are in use.
    async fn open(&self, component: &Component) -> Result<Connection, Error> {
        let address = Address::parse(&self.address).map_err(Error::ConnectionFailed)?;
        for destination in &address.destinations {
            component.check_allowed(destination).map_err(|_| {
                Error::ConnectionFailed(format!("address {destination} is not permitted"))
            })?;
        }
        let database = address.config.get_dbname().unwrap_or_default().into();
        let opened = component
            .postgres
            .open(&self.address, address.config, &self.authorities)
            .await;
        opened
            .map(|client| Connection {
                client: Arc::new(client),
                database,
            })
            .map_err(|error| Error::ConnectionFailed(format!("{error:?}")))
    }
}

impl Host for PostgresView<'_> {}

impl PostgresView<'_> {
    fn connection(&self, connection: &Resource<Connection>) -> wasmtime::Result<Connection> {
        Ok(self.table.get(connection)?.clone())
    }

    /// A connection on which a statement is about to run, and the statement's span.
    fn begin(
        &self,
        connection: &Resource<Connection>,
        statement: &str,
    ) -> wasmtime::Result<(Connection, StatementSpan)> {
        let connection = self.connection(connection)?;
        let span = connection.span(self.component, statement);
        Ok((connection, span))
    }

    fn builder(
        &self,
        builder: &Resource<ConnectionBuilder>,
    ) -> wasmtime::Result<ConnectionBuilder> {
        Ok(self.table.get(builder)?.clone())
    }

    async fn open_now(&mut self, builder: ConnectionBuilder) -> Opened {
        let connection = builder.open(self.component).await?;
        self.table.push(connection).map_err(too_many)
    }
}

impl HostConnectionBuilder for PostgresView<'_> {
    fn new(&mut self, address: String) -> wasmtime::Result<Resource<ConnectionBuilder>> {
        Ok(self.table.push(ConnectionBuilder::new(address))?)
    }

    fn set_ca_root(
        &mut self,
        builder: Resource<ConnectionBuilder>,
        certificate: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        let builder = self.table.get_mut(&builder)?;
        Ok(match tls::certificates(&certificate) {
            Ok(certificates) => {
                builder.authorities = certificates;
                Ok(())
            }
            Err(error) => Err(Error::Other(format!("invalid root certificate: {error:#}"))),
        })
    }

    async fn build(&mut self, builder: Resource<ConnectionBuilder>) -> wasmtime::Result<Opened> {
        let builder = self.builder(&builder)?;
        Ok(self.open_now(builder).await)
    }

    fn drop(&mut self, builder: Resource<ConnectionBuilder>) -> wasmtime::Result<()> {
        self.table.delete(builder)?;
        Ok(())
    }
}

impl HostConnection for PostgresView<'_> {
    async fn open(&mut self, address: String) -> wasmtime::Result<Opened> {
        Ok(self.open_now(ConnectionBuilder::new(address)).await)
    }

    async fn query(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<RowSet, Error>> {
        let connection = self.connection(&connection)?;
        let span = connection.span(self.component, &statement);
        let answer = statement::query(&connection.client, &statement, parameters).await;
        span.ended(&answer);
        Ok(answer)
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<u64, Error>> {
        let connection = self.connection(&connection)?;
        let span = connection.span(self.component, &statement);
        let answer = statement::execute(&connection.client, &statement, parameters).await;
        span.ended(&answer);
        Ok(answer)
    }

    fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl<T> HostConnectionBuilderWithStore<T> for Postgres {
    async fn build_async(
        accessor: &Accessor<T, Self>,
        builder: Resource<ConnectionBuilder>,
    ) -> wasmtime::Result<Opened> {
        let builder = accessor.with(|mut access| access.get().builder(&builder))?;
        Ok(open(accessor, builder).await)
    }
}

impl<T> HostConnectionWithStore<T> for Postgres {
    async fn open_async(accessor: &Accessor<T, Self>, address: String) -> wasmtime::Result<Opened> {
        Ok(open(accessor, ConnectionBuilder::new(address)).await)
    }

    async fn query_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<Answer, Error>> {
        let (connection, span) =
            accessor.with(|mut access| access.get().begin(&connection, &statement))?;
        let Rows {
            columns,
            rows,
            result,
        } = match statement::query_rows(&connection.client, &statement, parameters, span).await {
            Ok(rows) => rows,
            Err(error) => return Ok(Err(error)),
        };
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, RowProducer(rows))?;
            let result = FutureReader::new(&mut access, result)?;
            Ok(Ok((columns, rows, result)))
        })
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<u64, Error>> {
        let (connection, span) =
            accessor.with(|mut access| access.get().begin(&connection, &statement))?;
        let answer = statement::execute(&connection.client, &statement, parameters).await;
        span.ended(&answer);
        Ok(answer)
    }
}

/// Connects without holding up the instance's other tasks.
async fn open<T>(accessor: &Accessor<T, Postgres>, builder: ConnectionBuilder) -> Opened {
    let component = accessor.with(|mut access| Arc::clone(access.get().component));
    let connection = builder.open(&component).await?;
    accessor
        .with(|mut access| access.get().table.push(connection))
        .map_err(too_many)
}

fn too_many(_: wasmtime::component::ResourceTableError) -> Error {
    Error::ConnectionFailed("too many connections".to_owned())
}

/// Gives the component as many rows as are there whenever it asks.
struct RowProducer(mpsc::Receiver<Row>);

impl<D> StreamProducer<D> for RowProducer {
    type Item = Row;
    type Buffer = VecBuffer<Row>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, Row, VecBuffer<Row>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        // A read of nothing asks whether there is something; the next read will tell.
        let most = match destination.remaining(store) {
            Some(0) => return Poll::Ready(Ok(StreamResult::Completed)),
            Some(most) => most,
            None => usize::MAX,
        };
        let mut rows = Vec::new();
        match self
            .0
            .poll_recv_many(cx, &mut rows, most.min(statement::ROWS_AHEAD))
        {
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            pending_or_count => {
                if ready!(pending_or_count) == 0 {
                    return Poll::Ready(Ok(StreamResult::Dropped));
                }
                destination.set_buffer(rows.into());
                Poll::Ready(Ok(StreamResult::Completed))
            }
        }
    }
}
