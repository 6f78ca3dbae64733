//! `ppn serve`: the service, its gauges and its alarms.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum_server::Handle;
use axum_server::tls_rustls::RustlsAcceptor;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use ppn_domain::{Band, Desk, StateName};
use ppn_http::Front;
use ppn_http::front::put_before;
use ppn_sealing::SealingKey;
use ppn_service::{Applied, BacklogView, Lanes, Sealing, Service, ServiceError};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Listening, Serve};
use crate::config::{Config, LogFormat};
use crate::failure::{Done, Failure, chain};
use crate::progress::say;
use crate::seals::{HeadsFile, Places};
use crate::tls::Encryption;
use crate::wiring;

/// How long requests under way may take to end once the service is told to stop.
const GRACE: Duration = Duration::from_millis(4_500);
/// How long the store may take to close after that.
const CLOSING: Duration = Duration::from_secs(3);
/// How long a client may take to send the head of a request; a connection that says nothing for so long after
/// an answer ends as well.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The most that is buffered of one.
const HEAD_BUFFER: usize = 64 * 1024;
/// How long a client over HTTP/2 may be silent before it is asked whether it is there; it has as long to answer.
const ASKED_AFTER: Duration = Duration::from_secs(20);
/// Requests at once on one connection of HTTP/2.
const AT_ONCE: u32 = 100;
/// How often the store is asked whether another policy is in force: every node uses it within five seconds.
const POLICY_LOOKED_AT: Duration = Duration::from_secs(2);
/// How often leases and holds are looked at, and the gauges set.
const ROUND: Duration = Duration::from_secs(10);
/// How often what changed the counts of the backlog is gathered: until then each read adds it up.
const GATHERED_EVERY: Duration = Duration::from_secs(2);
/// How often the counts of the backlog are held to its items.
const COUNTED_EVERY: Duration = Duration::from_hours(1);
/// How often the log is sealed: a row is within ten seconds of its act.
const SEALED_EVERY: Duration = Duration::from_secs(4);
/// An alarm that goes on is said again after this time.
const ALARM_AGAIN: Duration = Duration::from_mins(10);

/// Bounds of the histograms, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Runs the command.
pub async fn run(mut config: Config, args: &Serve) -> Result<Done, Failure> {
    apply(&mut config, &args.listening);
    let encryption = Encryption::begin(&config).await?;
    let listener = listen(&config)?;
    let service = wiring::start(&config, wiring::open(&config).await?).await?;
    let places = Places::named(&config)?;
    let log = config.log.format;
    serve(service, listener, places, &config.front(), encryption, |address| match log {
        LogFormat::Text => say(format_args!("Listening on {address}. Stop with Ctrl-C.")),
        LogFormat::Json => tracing::info!(%address, "listening"),
    })
    .await?;
    Ok(Done::All)
}

/// Puts the flags above the settings.
pub fn apply(config: &mut Config, args: &Listening) {
    if let Some(address) = &args.listen {
        config.server.listen.clone_from(address);
    }
    config.server.behind_proxy |= args.behind_proxy;
}

/// Takes the address, before anything else is begun.
pub fn listen(config: &Config) -> Result<TcpListener, Failure> {
    let named = &config.server.listen;
    let addresses: Vec<SocketAddr> = named.to_socket_addrs().map(Iterator::collect).unwrap_or_default();
    let Some(address) = addresses.first() else {
        return Err(Failure::wrong(format!(
            "server.listen: {named} is no address and port: give for example 127.0.0.1:8080"
        )));
    };
    let front = config.front();
    if !front.behind_proxy && !front.encrypted && !addresses.iter().all(|a| a.ip().is_loopback()) {
        return Err(Failure::wrong(format!(
            "server.listen: {named} can be reached from other machines, and nothing encrypts the connections: give tls.certificate_file and tls.key_file, or put a proxy that encrypts in front and give --behind-proxy (or server.behind_proxy = true), or listen on 127.0.0.1"
        )));
    }
    TcpListener::bind(address).map_err(|e| match e.kind() {
        ErrorKind::AddrInUse => Failure::wrong(format!(
            "server.listen: {named} is in use, perhaps by another `ppn serve`: stop it, or choose another port with --listen"
        )),
        ErrorKind::PermissionDenied => Failure::wrong(format!(
            "server.listen: {named}: permission denied: choose a port above 1023 with --listen"
        )),
        _ => Failure::wrong(format!("server.listen: {named}: {}", crate::failure::plain(&e))),
    })
}

/// Serves until the program is told to stop. Its address is announced once it answers there.
pub async fn serve(
    service: Arc<Service>,
    listener: TcpListener,
    places: Places,
    front: &Front,
    encryption: Option<Encryption>,
    announce: impl FnOnce(&str),
) -> Result<(), Failure> {
    let metrics = PrometheusBuilder::new()
        .set_buckets(&BUCKETS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|e| Failure::wrong(format!("the metrics cannot be started: {e}")))?;
    crate::measures::begin();
    let address = listener.local_addr().map_err(|e| Failure::file("server.listen", &e))?;
    let options = ppn_api::Options { metrics: Some(metrics.clone()) };
    let lanes = Lanes::start(service.clone());
    let pages = ppn_web::pages(lanes.clone(), front.cookies());
    let app = put_before(ppn_api::app(lanes, options).merge(pages), front);
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)
        .map_err(|e| Failure::file("server.listen", &e))?
        .handle(handle.clone())
        .first_request_timeout(HEAD_TIMEOUT);
    let http = server.http_builder();
    http.http1().header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_BUFFER);
    http.http2()
        .max_header_list_size(u32::try_from(HEAD_BUFFER).unwrap_or(u32::MAX))
        .max_concurrent_streams(AT_ONCE)
        .keep_alive_interval(ASKED_AFTER)
        .keep_alive_timeout(ASKED_AFTER);

    let stopping = stop_on_signals(handle)?;
    let rounds = tokio::spawn(rounds(service.clone(), metrics));
    let policy = tokio::spawn(follow_policy(service.clone()));
    let sealing = tokio::spawn(seal(service.clone(), places));
    let counting = tokio::spawn(count(service.clone()));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let ended = match encryption {
        None => {
            announce(&format!("http://{address}"));
            server.serve(app).await
        }
        Some(encryption) => {
            let acceptor = RustlsAcceptor::new(encryption.used()).handshake_timeout(HEAD_TIMEOUT);
            let following = tokio::spawn(encryption.follow());
            announce(&format!("https://{address}"));
            let ended = server.acceptor(acceptor).serve(app).await;
            following.abort();
            ended
        }
    };
    rounds.abort();
    policy.abort();
    sealing.abort();
    counting.abort();
    stopping.abort();
    if tokio::time::timeout(CLOSING, service.store().close()).await.is_err() {
        tracing::warn!("the store took too long to close: what was saved is safe");
    }
    ended.map_err(|e| Failure::file("serving", &e))?;
    tracing::info!("stopped");
    Ok(())
}

fn stop_on_signals(handle: Handle<SocketAddr>) -> Result<tokio::task::JoinHandle<()>, Failure> {
    let hear = |kind| signal(kind).map_err(|e| Failure::file("signals", &e));
    let (mut interrupt, mut terminate) = (hear(SignalKind::interrupt())?, hear(SignalKind::terminate())?);
    Ok(tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!(connections = handle.connection_count(), "stopping");
        handle.graceful_shutdown(Some(GRACE));
    }))
}

/// What the service does by itself, again and again.
async fn rounds(service: Arc<Service>, metrics: PrometheusHandle) {
    let mut every = tokio::time::interval(ROUND);
    // After a standstill, going on is enough: what was missed is done in one round.
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut alarms = Alarms::default();
    loop {
        every.tick().await;
        if let Err(error) = round(&service, &mut alarms).await {
            tracing::warn!(error = %chain(&error), "a round of the service's own work failed; it is tried again");
        }
        metrics.run_upkeep();
    }
}

/// Takes over a policy that was put in force elsewhere, and assesses what is unfinished under it:
/// also what a node or a command that stopped left.
async fn follow_policy(service: Arc<Service>) {
    let mut every = tokio::time::interval(POLICY_LOOKED_AT);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut applying = Some(Applied::default());
    loop {
        every.tick().await;
        match service.refresh_policy().await {
            Ok(true) => {
                tracing::info!(version = service.policy().reference().version, "a new policy is in force");
                applying = Some(Applied::default());
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(error = %chain(&error), "the policy could not be looked at"),
        }
        while let Some(mut so_far) = applying.take() {
            match service.apply_next(&mut so_far).await {
                Ok(true) => applying = Some(so_far),
                Ok(false) if so_far.assessed > 0 => {
                    tracing::info!(
                        assessed = so_far.assessed,
                        "unfinished items are assessed under the policy"
                    );
                }
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "a batch could not be assessed; it is tried again");
                    applying = Some(so_far);
                    break;
                }
            }
        }
    }
}

/// Keeps the counts of the backlog: gathers them, and holds them to the items.
async fn count(service: Arc<Service>) {
    let mut every = tokio::time::interval(GATHERED_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut checked: Option<Instant> = None;
    loop {
        every.tick().await;
        if let Err(error) = service.gather_counts().await {
            tracing::warn!(error = %chain(&error), "the counts could not be gathered; it is tried again");
        }
        if checked.is_some_and(|at| at.elapsed() < COUNTED_EVERY) {
            continue;
        }
        match service.check_counts().await {
            Ok(wrong) => {
                checked = Some(Instant::now());
                if wrong > 0 {
                    tracing::error!(wrong, "kept counts of the backlog were wrong and were put right");
                }
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the counts could not be checked; it is tried again");
            }
        }
    }
}

/// Seals the log, and writes the signed heads outside the store: those of other nodes too, so that each
/// node's file has them all.
async fn seal(service: Arc<Service>, places: Places) {
    let mut every = tokio::time::interval(SEALED_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut alarms = Alarms::default();
    let (mut key, mut heads) = (None, None);
    loop {
        every.tick().await;
        if key.is_none() {
            match places.key(&service).await {
                Ok(found) => key = found,
                Err(failure) => {
                    tracing::warn!(error = failure.message, "the key that seals the log cannot be read");
                }
            }
        }
        let sealed = match &key {
            Some(key) => seal_all(&service, key).await,
            None => Ok(false),
        };
        let broken = match sealed {
            Ok(whole) => u64::from(!whole),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the log could not be sealed; it is tried again");
                0
            }
        };
        if alarms.sounds("unsealed", broken) {
            match &key {
                Some(_) => tracing::error!(
                    "the seals of the log are not what was signed: nothing is sealed; see `ppn audit verify`"
                ),
                None => {
                    tracing::error!("there is no key, and nothing of the log is sealed: run `ppn migrate`");
                }
            }
        }
        metrics::gauge!("ppn_log_sealed").set(if key.is_some() && broken == 0 { 1.0 } else { 0.0 });
        if let Some(path) = places.heads.clone() {
            let unwritten = match heads_outside(&service, path, heads.take()).await {
                Ok((file, older)) => {
                    if alarms.sounds("older", u64::from(older)) {
                        tracing::error!(
                            "the log is older than its last head outside the store: rows were cut off, or a backup was restored; see `ppn audit verify`"
                        );
                    }
                    heads = Some(file);
                    0
                }
                Err(error) => {
                    tracing::debug!(error = error.message, "heads outside the store");
                    1
                }
            };
            if alarms.sounds("heads", unwritten) {
                tracing::error!(
                    "the heads of the log cannot be written outside the store: see audit.heads_file"
                );
            }
        }
    }
}

/// Seals what there is to seal; false when the store's tree is not what was signed.
async fn seal_all(service: &Service, key: &SealingKey) -> Result<bool, ServiceError> {
    loop {
        match service.seal(key).await? {
            Sealing::Sealed(_) => {}
            Sealing::Nothing | Sealing::NotNow => return Ok(true),
            Sealing::Broken => return Ok(false),
        }
    }
}

/// Adds what the file lacks, and says whether it knows of more rows than the store.
async fn heads_outside(
    service: &Service,
    path: PathBuf,
    open: Option<HeadsFile>,
) -> Result<(HeadsFile, bool), Failure> {
    let failed = |e: std::io::Error| Failure::file("audit.heads_file", &e);
    let gone = |_| Failure::wrong("the heads could not be written");
    let mut file = match open {
        Some(file) => file,
        None => tokio::task::spawn_blocking(move || HeadsFile::open(&path))
            .await
            .map_err(gone)?
            .map_err(failed)?,
    };
    let latest = service.latest_head().await?.map_or(0, |head| head.head.size);
    while file.last() < latest {
        let more = service.heads_after(file.last()).await?;
        if more.is_empty() {
            break;
        }
        file = tokio::task::spawn_blocking(move || file.add(&more).map(|()| file))
            .await
            .map_err(gone)?
            .map_err(failed)?;
    }
    let older = file.last() > latest;
    Ok((file, older))
}

async fn round(service: &Service, alarms: &mut Alarms) -> Result<(), ServiceError> {
    let returned = service.return_ended().await?;
    if returned > 0 {
        tracing::info!(returned, "items whose lease or hold ended wait again");
    }
    let ended = service.end_stale_sessions().await?;
    if ended > 0 {
        tracing::info!(ended, "sessions whose time was over ended");
    }
    while service.assess_pending().await? > 0 {}
    let view = service.backlog_now().await?;
    gauges(&view);
    let unassessed = view.desks.iter().flat_map(|d| &d.counts).map(|c| c.unassessed).sum();
    if alarms.sounds("unreadable", view.unreadable.1) {
        tracing::warn!(
            overdue = view.unreadable.1,
            "submissions that could not be read wait past the hour: see `ppn unreadable list`"
        );
    }
    let unattended = service.restricted_unattended().await?;
    metrics::gauge!("ppn_restricted_unattended")
        .set(f64::from(u32::try_from(unattended).unwrap_or(u32::MAX)));
    if alarms.sounds("restricted_unattended", unattended) {
        tracing::warn!(
            items = unattended,
            "restricted items press and nobody stands on the lists that open them: see `ppn restricted list`"
        );
    }
    if alarms.sounds("unassessed", unassessed) {
        tracing::warn!(items = unassessed, "items have no current assessment; they wait in amber");
    }
    Ok(())
}

/// Counts below 2^52 are exact as floating point.
#[expect(clippy::cast_precision_loss, reason = "counts of work are far below 2^52")]
fn gauges(view: &BacklogView) {
    for desk in &view.desks {
        let sum = |count: fn(&ppn_store::DeskCount) -> u64| desk.counts.iter().map(count).sum::<u64>() as f64;
        metrics::gauge!("ppn_backlog_overdue", "desk" => desk.desk.code()).set(sum(|c| c.overdue));
        // Every series is set, since one left alone would go on showing what was.
        for &band in Band::ALL {
            for &state in StateName::ALL.iter().filter(|s| **s != StateName::Done) {
                let items: u64 =
                    desk.counts.iter().filter(|c| c.band == band && c.state == state).map(|c| c.items).sum();
                metrics::gauge!(
                    "ppn_backlog_items",
                    "desk" => Desk::code(desk.desk), "band" => band.code(), "state" => state.code()
                )
                .set(items as f64);
            }
        }
    }
    let unassessed: u64 = view.desks.iter().flat_map(|d| &d.counts).map(|c| c.unassessed).sum();
    metrics::gauge!("ppn_unassessed").set(unassessed as f64);
    metrics::gauge!("ppn_unreadable_open").set(view.unreadable.0 as f64);
    metrics::gauge!("ppn_unreadable_overdue").set(view.unreadable.1 as f64);
}

/// Says an alarm when it changes, and now and again while it goes on.
#[derive(Debug, Default)]
struct Alarms {
    said: HashMap<&'static str, (u64, Instant)>,
}

impl Alarms {
    fn sounds(&mut self, alarm: &'static str, count: u64) -> bool {
        if count == 0 {
            self.said.remove(alarm);
            return false;
        }
        if self.said.get(alarm).is_some_and(|(n, at)| *n == count && at.elapsed() < ALARM_AGAIN) {
            return false;
        }
        self.said.insert(alarm, (count, Instant::now()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen_on(address: &str, behind_proxy: bool) -> Result<TcpListener, Failure> {
        let mut config = Config::default();
        address.clone_into(&mut config.server.listen);
        config.server.behind_proxy = behind_proxy;
        listen(&config)
    }

    #[test]
    fn others_reach_the_service_through_a_proxy_alone() {
        let refused = listen_on("0.0.0.0:0", false).unwrap_err();
        assert!(refused.code == 2 && refused.message.contains("--behind-proxy"), "{}", refused.message);
        assert!(listen_on("0.0.0.0:0", true).is_ok());
        assert!(listen_on("127.0.0.1:0", false).is_ok());
    }

    #[tokio::test]
    async fn encryption_takes_both_files_and_opens_an_address_to_others() {
        let mut config = Config::default();
        "0.0.0.0:0".clone_into(&mut config.server.listen);
        config.tls.certificate_file = Some("/nowhere/certificate.pem".into());
        let asked = Encryption::begin(&config).await.err().unwrap();
        assert!(asked.code == 2 && asked.message.contains("together"), "{}", asked.message);
        config.tls.key_file = Some("/nowhere/key.pem".into());
        let asked = Encryption::begin(&config).await.err().unwrap();
        assert!(asked.message.contains("there is no such file"), "{}", asked.message);
        assert!(listen(&config).is_ok());
    }

    #[test]
    fn an_address_that_is_none_or_taken_is_named() {
        let taken = listen_on("127.0.0.1:0", false).unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let refused = listen_on(&address, false).unwrap_err();
        assert!(refused.code == 2 && refused.message.contains("is in use"), "{}", refused.message);
        assert_eq!(listen_on("8080", false).unwrap_err().code, 2);
    }

    #[test]
    fn an_alarm_is_said_when_it_changes() {
        let mut alarms = Alarms::default();
        let heard = [0, 2, 2, 3, 0, 3].map(|count| alarms.sounds("unreadable", count));
        assert_eq!(heard, [false, true, false, true, false, true]);
    }
}
