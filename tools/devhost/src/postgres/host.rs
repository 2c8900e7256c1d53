//! The interface itself.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc;
use wasmtime::StoreContextMut;
use wasmtime::component::{
    Accessor, Destination, FutureReader, HasData, Resource, ResourceTable, StreamProducer,
    StreamReader, StreamResult, VecBuffer,
};

use super::bindings::spin::postgres::postgres::{
    Column, Error, Host, HostConnection, HostConnectionBuilder, HostConnectionBuilderWithStore,
    HostConnectionWithStore, ParameterValue, Row, RowSet,
};
use super::connection::{Connection, ConnectionBuilder};
use super::databases::{Databases, Running};
use super::statement::{self, Rows};

/// The interface's place in a linker.
pub struct Postgres;

/// What the interface needs of an instance.
pub struct PostgresView<'a> {
    pub databases: &'a Databases,
    pub table: &'a mut ResourceTable,
}

impl HasData for Postgres {
    type Data<'a> = PostgresView<'a>;
}

type Opened = Result<Resource<Connection>, Error>;
type Answer = (
    Vec<Column>,
    StreamReader<Row>,
    FutureReader<Result<(), Error>>,
);

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
    ) -> wasmtime::Result<(Connection, Running)> {
        let connection = self.connection(connection)?;
        let running = self.databases.statement(&connection, statement);
        Ok((connection, running))
    }

    fn builder(
        &self,
        builder: &Resource<ConnectionBuilder>,
    ) -> wasmtime::Result<ConnectionBuilder> {
        Ok(self.table.get(builder)?.clone())
    }

    async fn open_now(&mut self, builder: ConnectionBuilder) -> Opened {
        let connection = self.databases.open(builder).await?;
        self.table.push(connection).map_err(too_many)
    }
}

impl HostConnectionBuilder for PostgresView<'_> {
    fn new(&mut self, address: String) -> wasmtime::Result<Resource<ConnectionBuilder>> {
        Ok(self.table.push(builder_for(address))?)
    }

    fn set_ca_root(
        &mut self,
        builder: Resource<ConnectionBuilder>,
        certificate: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        let authorities = match self.databases.authorities(&certificate) {
            Ok(authorities) => authorities,
            Err(error) => {
                return Ok(Err(Error::Other(format!(
                    "invalid root certificate: {error:#}"
                ))));
            }
        };
        self.table.get_mut(&builder)?.authorities = Some(authorities);
        Ok(Ok(()))
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
        Ok(self.open_now(builder_for(address)).await)
    }

    async fn query(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<RowSet, Error>> {
        let (connection, running) = self.begin(&connection, &statement)?;
        let answer = statement::query(&connection.client, &statement, parameters).await;
        running.ended(&answer);
        Ok(answer)
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<u64, Error>> {
        let (connection, running) = self.begin(&connection, &statement)?;
        let answer = statement::execute(&connection.client, &statement, parameters).await;
        running.ended(&answer);
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
        Ok(open(accessor, builder_for(address)).await)
    }

    async fn query_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<Answer, Error>> {
        let (connection, running) =
            accessor.with(|mut access| access.get().begin(&connection, &statement))?;
        let Rows {
            columns,
            rows,
            result,
        } = match statement::query_rows(&connection.client, &statement, parameters, running).await {
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
        let (connection, running) =
            accessor.with(|mut access| access.get().begin(&connection, &statement))?;
        let answer = statement::execute(&connection.client, &statement, parameters).await;
        running.ended(&answer);
        Ok(answer)
    }
}

/// Connects without holding up the instance's other tasks.
async fn open<T>(accessor: &Accessor<T, Postgres>, builder: ConnectionBuilder) -> Opened {
    let databases = accessor.with(|mut access| access.get().databases.clone());
    let connection = databases.open(builder).await?;
    accessor
        .with(|mut access| access.get().table.push(connection))
        .map_err(too_many)
}

fn builder_for(address: String) -> ConnectionBuilder {
    ConnectionBuilder {
        address,
        authorities: None,
    }
}

fn too_many(_: wasmtime::component::ResourceTableError) -> Error {
    Error::ConnectionFailed("too many connections".to_owned())
}

/// Gives the component the rows that have arrived, whenever it reads.
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
        // A read of no rows asks whether there are some; the next read finds out.
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
