//! Sessions: what a browser that signed in may do, and their end.

use ppn_domain::{Act as ActCode, Permission, Roles, SessionId, Span, Timestamp};
use ppn_store::{StoreError, StoredSession, UnitOfWork, User};
use serde_json::json;

use crate::act::{Act, Entry};
use crate::assessing::system;
use crate::second_factor::guarding;
use crate::sign_in::FAILURES_KEPT;
use crate::tokens::secret_hash;
use crate::{Principal, Service, ServiceError};

/// A session ends after this time without a request, unless set otherwise.
pub const DEFAULT_IDLE: Span = Span::minutes(30);
/// A session ends after this time however much it is used, unless set otherwise.
pub const DEFAULT_LONGEST: Span = Span::hours(12);
/// Sessions that ended, and with them the browsers they were in, are remembered this long.
pub const BROWSER_KEPT: Span = Span::days(90);
/// The use of a session is written down at most this often.
const SEEN_EVERY: Span = Span::minutes(1);
/// So many sessions whose time is over are ended in one unit of work.
const ENDED_AT_ONCE: u32 = 500;

/// A session that is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its identifier, which opens nothing.
    pub id: SessionId,
    /// Who acts; without any role until a password that was given out is changed.
    pub principal: Principal,
    /// The one thing that they may do is to change their password.
    pub must_change_password: bool,
    /// The one thing that they may do is to add a second factor, which their roles need.
    pub must_add_second_factor: bool,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it ends, however much it is used.
    pub ends_at: Timestamp,
}

impl Service {
    /// The session that a browser's secret opens, with the roles that its user has now; `None` when it
    /// ended, by itself or by somebody. It is looked up each time, so that an end holds at once on every
    /// node.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn session(&self, secret: &str, origin: &str) -> Result<Option<Session>, ServiceError> {
        let now = self.clock.now();
        let Some((stored, session)) = self.look_up_session(secret, origin, now).await? else {
            return Ok(None);
        };
        if now - stored.seen_at >= SEEN_EVERY {
            let noted: Result<(), StoreError> = async {
                let mut uow = self.store.write().await?;
                uow.session_seen(stored.id, now).await?;
                uow.save().await
            }
            .await;
            match noted {
                // The next request is noted instead.
                Ok(()) | Err(StoreError::Busy | StoreError::Again) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(Some(session))
    }

    /// As [`Service::session`], for what goes on by itself: nobody used the session, and it ends as if
    /// nothing had been asked.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn session_unused(&self, secret: &str, origin: &str) -> Result<Option<Session>, ServiceError> {
        let found = self.look_up_session(secret, origin, self.clock.now()).await?;
        Ok(found.map(|(_, session)| session))
    }

    async fn look_up_session(
        &self,
        secret: &str,
        origin: &str,
        now: Timestamp,
    ) -> Result<Option<(StoredSession, Session)>, ServiceError> {
        let mut uow = self.store.read().await?;
        let found = uow.session(&secret_hash(secret)).await?;
        let Some((stored, user)) = found.filter(|(s, user)| self.is_on(s, now) && user.disabled_at.is_none())
        else {
            return Ok(None);
        };
        let session = self.opened(&mut *uow, &stored, &user, origin).await?;
        Ok(Some((stored, session)))
    }

    /// What a session opens, asked from there.
    pub(crate) async fn opened(
        &self,
        uow: &mut dyn UnitOfWork,
        stored: &StoredSession,
        user: &User,
        origin: &str,
    ) -> Result<Session, ServiceError> {
        // A provider looks after its people's passwords and second factors itself.
        let by_password = stored.provider.is_none();
        let must_change_password = by_password && user.password.as_ref().is_some_and(|p| p.until.is_some());
        let must_add_second_factor = by_password && self.must_add_second_factor(uow, user).await?;
        let roles = if must_change_password || must_add_second_factor {
            Roles::default()
        } else {
            user.roles.clone()
        };
        let principal = Principal {
            name: user.name.clone(),
            roles,
            source: None,
            lists: uow.opens(&user.name).await?,
            origin: origin.to_owned(),
        };
        Ok(Session {
            id: stored.id,
            principal,
            must_change_password,
            must_add_second_factor,
            created_at: stored.created_at,
            ends_at: stored.ends_at,
        })
    }

    /// Ends the session of whoever asks.
    ///
    /// # Errors
    /// When the store fails; then it goes on.
    pub async fn sign_out(&self, session: &Session) -> Result<(), ServiceError> {
        let mut act = self.begin_slice(&session.principal).await?;
        let now = act.now;
        if act.uow.end_session(session.id, now).await? {
            act.log(
                ActCode::SignedOut,
                Entry { detail: Some(json!({ "session": session.id })), ..Entry::default() },
            );
        }
        act.finish(()).await
    }

    /// The sessions of somebody that are on, newest first: one's own, or anybody's for who manages users.
    ///
    /// # Errors
    /// When the caller may not, or nobody has that name.
    pub async fn sessions_of(&self, by: &Principal, name: &str) -> Result<Vec<StoredSession>, ServiceError> {
        own_or_managed(by, name)?;
        let mut uow = self.store.read().await?;
        let user = uow.user(name).await?.ok_or(ServiceError::NotFound("user"))?;
        let now = self.clock.now();
        let mut sessions = uow.sessions_of(user.id).await?;
        sessions.retain(|s| self.is_on(s, now));
        Ok(sessions)
    }

    /// Ends one session of somebody, or all of them: one's own, or anybody's for who manages users.
    /// Gives how many this ended.
    ///
    /// # Errors
    /// When the caller may not, nobody has that name, or the session named is none of theirs.
    pub async fn end_sessions(
        &self,
        by: &Principal,
        name: &str,
        only: Option<SessionId>,
    ) -> Result<usize, ServiceError> {
        own_or_managed(by, name)?;
        let mut act = self.begin_slice(by).await?;
        let user = act.uow.user(name).await?.ok_or(ServiceError::NotFound("user"))?;
        let ended = match only {
            None => Self::end_all(&mut act, &user, "asked").await?,
            Some(id) => {
                let now = act.now;
                let theirs = act.uow.sessions_of(user.id).await?.iter().any(|s| s.id == id);
                if !theirs || !act.uow.end_session(id, now).await? {
                    return Err(ServiceError::NotFound("session"));
                }
                log_end(&mut act, &user.name, id, "asked");
                1
            }
        };
        act.finish(()).await?;
        Ok(ended)
    }

    /// Ends the sessions whose time is over, and forgets what is old enough. Gives how many ended.
    ///
    /// # Errors
    /// When the store fails; it is done again in the next round.
    pub async fn end_stale_sessions(&self) -> Result<usize, ServiceError> {
        let by = system();
        let now = self.clock.now();
        let idle = now - self.settings.session_idle;
        // Without a turn to write while there is nothing to do.
        if self.store.read().await?.stale_sessions(idle, now, 1).await?.is_empty() {
            return Ok(0);
        }
        let mut act = self.begin_slice(&by).await?;
        let mut ended = 0;
        for (session, name) in act.uow.stale_sessions(idle, now, ENDED_AT_ONCE).await? {
            let why = if session.ends_at <= now { "longest" } else { "idle" };
            if act.uow.end_session(session.id, now).await? {
                log_end(&mut act, &name, session.id, why);
                ended += 1;
            }
        }
        act.uow.forget_sign_ins(now - BROWSER_KEPT, now - FAILURES_KEPT).await?;
        act.finish(()).await?;
        Ok(ended)
    }

    /// Whether somebody needs a second factor and has none.
    pub(crate) async fn must_add_second_factor(
        &self,
        uow: &mut dyn UnitOfWork,
        user: &User,
    ) -> Result<bool, ServiceError> {
        Ok(self.must_have_second_factor(user) && guarding(uow, user).await?.is_none())
    }

    /// Ends every session of somebody but one, with a row of the log each.
    pub(crate) async fn end_others(
        act: &mut Act<'_>,
        user: &User,
        but: SessionId,
        why: &'static str,
    ) -> Result<(), ServiceError> {
        let now = act.now;
        for session in act.uow.sessions_of(user.id).await?.into_iter().filter(|s| s.id != but) {
            if act.uow.end_session(session.id, now).await? {
                log_end(act, &user.name, session.id, why);
            }
        }
        Ok(())
    }

    /// Ends every session of somebody, with a row of the log each.
    pub(crate) async fn end_all(
        act: &mut Act<'_>,
        user: &User,
        why: &'static str,
    ) -> Result<usize, ServiceError> {
        let mut ended = 0;
        let now = act.now;
        for session in act.uow.sessions_of(user.id).await? {
            if act.uow.end_session(session.id, now).await? {
                log_end(act, &user.name, session.id, why);
                ended += 1;
            }
        }
        Ok(ended)
    }

    fn is_on(&self, session: &StoredSession, now: Timestamp) -> bool {
        now < session.ends_at && now - session.seen_at < self.settings.session_idle
    }
}

fn own_or_managed(by: &Principal, name: &str) -> Result<(), ServiceError> {
    if by.name == name { Ok(()) } else { by.require(Permission::ManageUsers) }
}

pub(crate) fn log_end(act: &mut Act<'_>, of: &str, session: SessionId, why: &'static str) {
    let detail = json!({ "session": session, "why": why });
    act.log(ActCode::SessionEnded, Entry { recipient: Some(of), detail: Some(detail), ..Entry::default() });
}
