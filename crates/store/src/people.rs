//! People as notices mention them, what joins them, and what their notices say for history.

use async_trait::async_trait;
use ppn_domain::{LinkId, MentionId, NoticeId, PersonId, Restriction, Timestamp};

use crate::{NoticeHead, StoreError};

/// A digest by which mentions meet, or of a place.
pub type Digest = [u8; 16];

/// A person as the current revision of one notice describes them.
#[derive(Clone, PartialEq, Eq)]
pub struct Mention {
    /// Its identifier.
    pub id: MentionId,
    /// The notice.
    pub notice_id: NoticeId,
    /// The place among the people of the notice, from 0.
    pub position: u16,
    /// Whom it is of: the lowest mention of everybody joined.
    pub person_id: PersonId,
    /// Receipt of the notice.
    pub received: Timestamp,
    /// There in their own right, not as the one who reported or works with the family.
    pub concerned: bool,
    /// The place that is given as their home.
    pub place: Option<Digest>,
    /// Whether that place can make a household.
    pub makes_home: bool,
    /// What linking compares, as JSON.
    pub profile: String,
}

impl std::fmt::Debug for Mention {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mention")
            .field("id", &self.id)
            .field("notice_id", &self.notice_id)
            .field("position", &self.position)
            .field("person_id", &self.person_id)
            .finish_non_exhaustive()
    }
}

/// A mention to keep, with everything under which it can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMention {
    /// The mention.
    pub mention: Mention,
    /// Its matching keys.
    pub keys: Vec<Digest>,
}

/// What a notice says for the history of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceRow {
    /// The notice.
    pub notice_id: NoticeId,
    /// Its reference at its source.
    pub reference: String,
    /// Its receipt.
    pub received: Timestamp,
    /// Only named people may open it.
    pub restricted: Restriction,
    /// The trace, as JSON.
    pub trace: String,
}

/// Whether two mentions are taken for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkState {
    /// They may be: nobody has said.
    Possible,
    /// A person said that they are.
    Confirmed,
    /// A person said that they are not.
    Refused,
}

/// Two mentions that are, may be or are not one person, beyond what is certain by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its identifier.
    pub id: LinkId,
    /// The lower mention of the two.
    pub a: MentionId,
    /// The other.
    pub b: MentionId,
    /// Where it stands.
    pub state: LinkState,
    /// How alike they are, in tenths of bits.
    pub score: i32,
    /// Why, in words that say nothing of either.
    pub reasons: Vec<String>,
    /// When it was found.
    pub made_at: Timestamp,
    /// Who decided, and when.
    pub decided: Option<(String, Timestamp)>,
}

/// People, links and traces.
#[async_trait]
pub trait People {
    /// Keeps mentions with their keys.
    async fn insert_mentions(&mut self, mentions: &[NewMention]) -> Result<(), StoreError>;

    /// Drops the mentions of a notice with their keys; links stay, and name mentions that may come
    /// back.
    async fn remove_mentions(&mut self, notice_id: NoticeId) -> Result<(), StoreError>;

    /// Mentions found under keys: (place of the key in `keys`, mention), by key and then by mention.
    /// Under one key at most `most`.
    async fn mentions_with_keys(
        &mut self,
        keys: &[Digest],
        most: u32,
    ) -> Result<Vec<(usize, Mention)>, StoreError>;

    /// Mentions by identifier, in order of identifier; absent ones are left out.
    async fn mentions(&mut self, ids: &[MentionId]) -> Result<Vec<Mention>, StoreError>;

    /// Mentions of people in their own right, by person and then latest receipt first; of one person
    /// at most `most`.
    async fn mentions_of_people(
        &mut self,
        people: &[PersonId],
        most: u32,
    ) -> Result<Vec<Mention>, StoreError>;

    /// Mentions whose home is at these places; at one place at most `most`.
    async fn mentions_at(&mut self, places: &[Digest], most: u32) -> Result<Vec<Mention>, StoreError>;

    /// All mentions of notices, by notice and then by position.
    async fn mentions_of_notices(&mut self, notices: &[NoticeId]) -> Result<Vec<Mention>, StoreError>;

    /// Joins mentions to other people.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] for a mention that is not there.
    async fn move_mentions(&mut self, moves: &[(MentionId, PersonId)]) -> Result<(), StoreError>;

    /// Keeps traces, each in the place of an earlier one of its notice.
    async fn keep_traces(&mut self, traces: &[(NoticeId, String)]) -> Result<(), StoreError>;

    /// The traces of notices that have one, in no order.
    async fn traces(&mut self, notices: &[NoticeId]) -> Result<Vec<TraceRow>, StoreError>;

    /// Notices without a trace after one, in order of identifier: those kept before people were.
    async fn untraced(&mut self, after: Option<NoticeId>, limit: u32) -> Result<Vec<NoticeHead>, StoreError>;

    /// Keeps links; one whose two mentions have a link already is left out.
    async fn insert_links(&mut self, links: &[Link]) -> Result<(), StoreError>;

    /// One link.
    async fn link(&mut self, id: LinkId) -> Result<Option<Link>, StoreError>;

    /// The links that name any of these mentions, in order of identifier.
    async fn links_of(&mut self, mentions: &[MentionId]) -> Result<Vec<Link>, StoreError>;

    /// Writes the state of a link and who decided it.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] for a link that is not there.
    async fn decide_link(&mut self, link: &Link) -> Result<(), StoreError>;
}
