//! Connections to the host that is not in recovery.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ppn_store::StoreError;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool, Postgres, Row as _, SqlStr,
    Transaction,
};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout};

use crate::options::{PREPARED, PostgresOptions, name};

/// How long one host may take to answer before the next is asked.
const HOST_TIMEOUT: Duration = Duration::from_secs(3);
/// A caller waiting for a new connection so long has the hosts asked which of them is not in recovery.
const LOOK_ROUND_AFTER: Duration = Duration::from_millis(250);

/// The connections of one node.
#[derive(Debug)]
pub struct Connections {
    pub options: PostgresOptions,
    pool: PgPool,
    /// The host that new connections go to.
    at: AtomicUsize,
    looking: Mutex<()>,
}

impl Connections {
    pub async fn open(options: PostgresOptions) -> Result<Arc<Self>, StoreError> {
        let prepared = if options.unnamed_statements { 0 } else { PREPARED };
        let mut options = options;
        options.hosts =
            options.hosts.into_iter().map(|host| host.statement_cache_capacity(prepared)).collect();
        let (at, connection) = primary(&options.hosts, 0).await.map_err(cannot_open)?;
        let _ = connection.close().await;
        let limits = (!options.unnamed_statements).then(|| options.limits());
        let pool = PgPoolOptions::new()
            .max_connections(options.pool)
            .acquire_timeout(options.wait_for_connection)
            // The first statement, BEGIN, is the test: what it finds broken is left for the next.
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                let limits = limits.clone();
                Box::pin(async move {
                    inspect(connection).await?;
                    if let Some(limits) = limits {
                        sqlx::raw_sql(AssertSqlSafe(limits)).execute(connection).await?;
                    }
                    Ok(())
                })
            })
            .connect_lazy_with(options.hosts[at].clone());
        Ok(Arc::new(Self { options, pool, at: AtomicUsize::new(at), looking: Mutex::new(()) }))
    }

    /// Begins a transaction. A connection that broke while nobody used it is left for another, and
    /// while new ones cannot be had the hosts are asked which of them takes writes.
    pub async fn begin(
        self: &Arc<Self>,
        statement: &SqlStr,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let until = Instant::now() + self.options.wait_for_connection;
        let mut tries = 0;
        loop {
            match self.begin_once(statement).await {
                // After a restart every connection of the pool is broken, each to be found so once.
                Err(error)
                    if crate::rows::is_lost(&error)
                        && tries <= self.options.pool
                        && Instant::now() < until =>
                {
                    tries += 1;
                    if self.options.hosts.len() > 1 {
                        self.look_round().await;
                    }
                }
                begun => return begun,
            }
        }
    }

    async fn begin_once(
        self: &Arc<Self>,
        statement: &SqlStr,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let begun = self.pool.begin_with(statement.clone());
        if self.options.hosts.len() == 1 {
            return begun.await;
        }
        tokio::pin!(begun);
        loop {
            tokio::select! {
                begun = &mut begun => return begun,
                () = sleep(LOOK_ROUND_AFTER) => {
                    let connections = self.clone();
                    tokio::spawn(async move { connections.look_round().await });
                }
            }
        }
    }

    /// Asks the hosts which of them is not in recovery, and sends new connections there. One asks for
    /// all.
    async fn look_round(&self) {
        let Ok(_looking) = self.looking.try_lock() else { return };
        let at = self.at.load(Ordering::Relaxed);
        match primary(&self.options.hosts, at).await {
            Ok((found, connection)) => {
                let _ = connection.close().await;
                if found != at {
                    let host = &self.options.hosts[found];
                    self.pool.set_connect_options(host.clone());
                    self.at.store(found, Ordering::Relaxed);
                    tracing::warn!(host = name(host), "the database is at another host now");
                }
            }
            Err(error) => tracing::warn!(%error, "no host of the database takes writes"),
        }
    }

    /// A connection of its own, as the owner of the tables and past a pooler where there is a way.
    pub async fn direct(&self) -> Result<PgConnection, sqlx::Error> {
        let PostgresOptions { owner, direct, hosts, .. } = &self.options;
        let hosts = owner.as_ref().or(direct.as_ref()).unwrap_or(hosts);
        Ok(primary(hosts, 0).await?.1)
    }

    /// Hears notifications on a channel; nothing where there is no way past a pooler, which delivers none.
    pub async fn listen(&self, channel: &str) -> Result<Option<PgListener>, sqlx::Error> {
        let hosts = match &self.options.direct {
            Some(direct) => direct,
            None if self.options.unnamed_statements => return Ok(None),
            None => &self.options.hosts,
        };
        let (at, connection) = primary(hosts, 0).await?;
        let _ = connection.close().await;
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(HOST_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(hosts[at].clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        // Whoever hears that it was lost asks the hosts again which of them takes writes.
        listener.eager_reconnect(false);
        listener.listen(channel).await?;
        Ok(Some(listener))
    }

    /// Sends an empty notification.
    pub async fn notify(&self, channel: &str) -> Result<(), sqlx::Error> {
        // A plain query, since a pooler keeps no statement.
        let notify = sqlx::raw_sql(AssertSqlSafe(format!("NOTIFY {channel}")));
        notify.execute(&self.pool).await.map(|_| ())
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// The first host from `from` on that is not in recovery, with a connection to it.
async fn primary(hosts: &[PgConnectOptions], from: usize) -> Result<(usize, PgConnection), sqlx::Error> {
    let mut last = sqlx::Error::Configuration("no host is named".into());
    for at in (from..hosts.len()).chain(0..from) {
        let host = &hosts[at];
        let connected = timeout(HOST_TIMEOUT, async {
            let mut connection = host.connect().await?;
            inspect(&mut connection).await?;
            Ok(connection)
        });
        match connected.await {
            Ok(Ok(connection)) => return Ok((at, connection)),
            Ok(Err(error)) => last = error,
            Err(_) => last = sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()),
        }
        if hosts.len() > 1 {
            tracing::debug!(host = name(host), error = %last, "not this host");
        }
    }
    Err(last)
}

/// Refuses a server that only follows another, and one that would acknowledge what is not durable.
async fn inspect(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    // A plain query: behind a pooler the next statement may reach another connection.
    let row = sqlx::raw_sql(
        "SELECT pg_is_in_recovery() AS follows, current_setting('synchronous_commit') AS durable",
    )
    .fetch_one(connection)
    .await?;
    if row.try_get("follows")? {
        return Err(sqlx::Error::Protocol("this host is in recovery: it follows another".into()));
    }
    if row.try_get::<&str, _>("durable")? == "off" {
        return Err(sqlx::Error::Configuration(
            "synchronous_commit is off: what is acknowledged would not be durable; turn it on for this role and database"
                .into(),
        ));
    }
    Ok(())
}

/// On opening nobody waits: what is wrong is said as it is.
fn cannot_open(error: sqlx::Error) -> StoreError {
    StoreError::Engine(Box::new(error))
}
