//! `ppn serve`: the service.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsAcceptor;
use metrics_exporter_prometheus::PrometheusBuilder;
use ppn_http::Front;
use ppn_http::front::put_before;
use ppn_service::{Lanes, Service};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Listening, Serve};
use crate::config::{Config, LogFormat};
use crate::failure::{Done, Failure};
use crate::progress::say;
use crate::seals::Places;
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

    let stopping = stop_on_signals(handle, service.clone())?;
    let mut jobs = crate::jobs::start(&service, places, metrics);
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
}
