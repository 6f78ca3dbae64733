//! `ppn serve`: the service.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use metrics_exporter_prometheus::PrometheusBuilder;
use ppn_http::session::Cookies;
use ppn_service::{Lanes, Service};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Listening, Serve};
use crate::config::{Config, LogFormat};
use crate::failure::{Done, Failure};
use crate::progress::say;
use crate::seals::Places;
use crate::wiring;

/// How long requests under way may take to end once the service is told to stop.
const GRACE: Duration = Duration::from_millis(4_500);
/// How long the store may take to close after that.
const CLOSING: Duration = Duration::from_secs(3);
/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The most that is buffered of one.
const HEAD_BUFFER: usize = 64 * 1024;

/// Bounds of the histograms, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Runs the command.
pub async fn run(mut config: Config, args: &Serve) -> Result<Done, Failure> {
    apply(&mut config, &args.listening);
    let listener = listen(&config)?;
    let service = wiring::start(&config, wiring::open(&config).await?).await?;
    let places = Places::named(&config)?;
    let log = config.log.format;
    serve(service, listener, places, config.server.behind_proxy, |address| match log {
        LogFormat::Text => say(format_args!("Listening on http://{address}. Stop with Ctrl-C.")),
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
    if !config.server.behind_proxy && !addresses.iter().all(|a| a.ip().is_loopback()) {
        return Err(Failure::wrong(format!(
            "server.listen: {named} can be reached from other machines, and this version does not encrypt connections itself: put a proxy that does in front and give --behind-proxy (or server.behind_proxy = true), or listen on 127.0.0.1"
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

/// Serves until the program is told to stop.
pub async fn serve(
    service: Arc<Service>,
    listener: TcpListener,
    places: Places,
    behind_proxy: bool,
    announce: impl FnOnce(SocketAddr),
) -> Result<(), Failure> {
    let metrics = PrometheusBuilder::new()
        .set_buckets(&BUCKETS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|e| Failure::wrong(format!("the metrics cannot be started: {e}")))?;
    crate::measures::begin();
    let address = listener.local_addr().map_err(|e| Failure::file("server.listen", &e))?;
    let options = ppn_api::Options { metrics: Some(metrics.clone()), behind_proxy };
    let lanes = Lanes::start(service.clone());
    // Behind a proxy browsers speak to it encrypted; without one nobody but this machine reaches the service.
    let pages = ppn_web::pages(lanes.clone(), Cookies::new(behind_proxy));
    let app = ppn_api::app(lanes, options).merge(pages);
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)
        .map_err(|e| Failure::file("server.listen", &e))?
        .handle(handle.clone());
    let http = server.http_builder();
    http.http1().header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_BUFFER);
    http.http2().max_header_list_size(u32::try_from(HEAD_BUFFER).unwrap_or(u32::MAX));

    let stopping = stop_on_signals(handle, service.clone())?;
    let mut jobs = crate::jobs::start(&service, places, metrics);
    announce(address);
    let ended = server.serve(app.into_make_service_with_connect_info::<SocketAddr>()).await;
    jobs.shutdown().await;
    stopping.abort();
    if tokio::time::timeout(CLOSING, service.store().close()).await.is_err() {
        tracing::warn!("the store took too long to close: what was saved is safe");
    }
    ended.map_err(|e| Failure::file("serving", &e))?;
    tracing::info!("stopped");
    Ok(())
}

fn stop_on_signals(
    handle: Handle<SocketAddr>,
    service: Arc<Service>,
) -> Result<tokio::task::JoinHandle<()>, Failure> {
    let hear = |kind| signal(kind).map_err(|e| Failure::file("signals", &e));
    let (mut interrupt, mut terminate) = (hear(SignalKind::interrupt())?, hear(SignalKind::terminate())?);
    Ok(tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!(connections = handle.connection_count(), "stopping");
        // They would go on until the grace is over.
        service.end_streams();
        handle.graceful_shutdown(Some(GRACE));
    }))
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

    #[test]
    fn an_address_that_is_none_or_taken_is_named() {
        let taken = listen_on("127.0.0.1:0", false).unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let refused = listen_on(&address, false).unwrap_err();
        assert!(refused.code == 2 && refused.message.contains("is in use"), "{}", refused.message);
        assert_eq!(listen_on("8080", false).unwrap_err().code, 2);
    }
}
