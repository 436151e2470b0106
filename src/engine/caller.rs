//! The caller, with what an artifact knows of it.

use std::cell::{OnceCell, RefCell};
use std::hint::cold_path;

use super::directory::{PrincipalRecord, UnitList};
use crate::artifact::{Cursor, Damaged, Read, View};
use crate::bytes;
use crate::iam::arn::Arn;
use crate::iam::{Principal, PrincipalKind};
use crate::request::MAX_NAME_SIZE;

/// The caller, with what the artifact knows of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) principal: &'a Principal<'a>,
    /// What the artifact knows of it.
    pub(super) known: Option<PrincipalRecord<'a>>,
    /// Whether it is a session of a service-linked role, by request or by the role's path.
    pub(super) service_linked: bool,
    /// Identity policies of the caller's own.
    pub(super) identity: Option<UnitList>,
    /// The permissions boundary.
    pub(super) boundary: Option<UnitList>,
    /// What policies may ask of it that is not in the request as it is.
    pub(super) texts: &'a CallerTexts,
}

/// Tags of a principal record: folded key string u32, value string u32 each, in the artifact that holds the principals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tags<'a> {
    pub(super) view: View<'a>,
    pub(super) pairs: Cursor<'a>,
}

impl<'a> Tags<'a> {
    /// The folded names of their context keys.
    pub(super) fn names(mut self) -> impl Iterator<Item = Read<&'a str>> {
        std::iter::from_fn(move || {
            if self.pairs.is_empty() {
                return None;
            }
            let mut next = || {
                let (name, _value) = (self.pairs.u32()?, self.pairs.u32()?);
                std::str::from_utf8(self.view.string(name)?).map_err(|_| Damaged)
            };
            Some(next())
        })
    }

    /// The value of the tag whose context key has this folded name.
    pub(super) fn value(mut self, name: &[u8]) -> Read<Option<&'a str>> {
        while !self.pairs.is_empty() {
            let (key, value) = (self.pairs.u32()?, self.pairs.u32()?);
            if self.view.string(key)? == name {
                return std::str::from_utf8(self.view.string(value)?).map(Some).map_err(|_| Damaged);
            }
        }
        Ok(None)
    }
}

/// Texts about a caller that are not in the request as they are, made when a policy first asks for them.
///
/// PERF: most policies of an organisation ask for `aws:PrincipalArn` somewhere, and most decisions do not come to it.
#[derive(Debug, Clone, Default)]
pub(super) struct CallerTexts {
    /// Of a role session: the role's ARN.
    role_arn: LateText,
    /// `aws:userid`.
    user_id: LateText,
}

impl CallerTexts {
    /// With room for all that a request can lead to.
    pub(super) fn with_room() -> CallerTexts {
        // A role's ARN is shorter than that of its session; the user id is an id, a colon, and the session's name.
        CallerTexts { role_arn: LateText::with_room(MAX_NAME_SIZE), user_id: LateText::with_room(2 * MAX_NAME_SIZE + 1) }
    }

    /// Before a decision.
    #[inline]
    pub(super) fn forget(&mut self) {
        self.role_arn.forget();
        self.user_id.forget();
    }
}

/// A text that is made when it is first asked for, in room that is used again for every decision.
#[derive(Debug, Default)]
struct LateText {
    text: OnceCell<String>,
    room: RefCell<String>,
}

/// The room is as large, and nothing is in it.
impl Clone for LateText {
    fn clone(&self) -> LateText {
        let size = match self.text.get() {
            Some(text) => text.capacity(),
            None => self.room.try_borrow().map_or(0, |room| room.capacity()),
        };
        LateText::with_room(size)
    }
}

impl LateText {
    fn with_room(size: usize) -> LateText {
        LateText { text: OnceCell::new(), room: RefCell::new(String::with_capacity(size)) }
    }

    #[inline]
    fn forget(&mut self) {
        // PERF: taken only if it is there, so that a decision without it writes nothing.
        if self.text.get().is_some() {
            cold_path();
            *self.room.get_mut() = self.text.take().unwrap_or_default();
        }
    }

    /// The text, put together of parts; allocates only if there is too little room.
    fn get<'t>(&'t self, parts: impl FnOnce() -> Read<[&'t str; 6]>) -> Read<&'t str> {
        if let Some(text) = self.text.get() {
            return Ok(text);
        }
        let parts = parts()?;
        let mut room = std::mem::take(&mut *self.room.try_borrow_mut().map_err(|_| Damaged)?);
        room.clear();
        parts.iter().for_each(|part| room.push_str(part));
        Ok(self.text.get_or_init(|| room))
    }
}

impl<'a> Caller<'a> {
    /// A caller of whom an artifact knows nothing; `boundary` is everyone's.
    #[inline]
    pub(super) fn unknown(principal: &'a Principal<'a>, boundary: Option<UnitList>, texts: &'a CallerTexts) -> Caller<'a> {
        let service_linked = principal.service_linked;
        Caller { principal, known: None, service_linked, identity: None, boundary, texts }
    }

    /// Adds what an artifact knows.
    ///
    /// PERF: out of line, so that only who is known pays for it.
    #[inline(never)]
    pub(super) fn learn(&mut self, record: PrincipalRecord<'a>) {
        self.service_linked |= self.principal.role_arn.is_none() && record.service_linked;
        self.identity = Some(record.identity);
        self.boundary = record.boundary.or(self.boundary);
        self.known = Some(record);
    }

    /// Of a role session: the role's ARN with its path, if request or artifact know it.
    pub(super) fn role_arn(&self) -> Read<Option<&'a [u8]>> {
        match (self.principal.role_arn, self.known) {
            (Some(own), _) => Ok(Some(own.as_bytes())),
            (None, Some(record)) => record.names.arn().map(Some),
            (None, None) => Ok(None),
        }
    }

    pub(super) fn unique_id(&self) -> Read<Option<&'a [u8]>> {
        match (self.principal.unique_id, self.known) {
            (Some(own), _) => Ok(Some(own.as_bytes())),
            (None, Some(record)) => record.names.unique_id(),
            (None, None) => Ok(None),
        }
    }

    /// Of a role session: [`role_arn`](Caller::role_arn) as text, else the role's ARN without path.
    #[inline]
    pub(super) fn role_arn_text(&self) -> Read<Option<&'a str>> {
        if let Some(text) = self.texts.role_arn.text.get() {
            return Ok((!text.is_empty()).then_some(text));
        }
        self.first_role_arn_text()
    }

    #[inline(never)]
    fn first_role_arn_text(&self) -> Read<Option<&'a str>> {
        if let Some(role_arn) = self.principal.role_arn {
            return Ok(Some(role_arn));
        }
        let text = match self.known.map(|record| record.names.arn()).transpose()? {
            // No request says so long a name, and there would be no room.
            Some(arn) if arn.len() > MAX_NAME_SIZE => text(arn)?,
            _ => self.made_role_arn()?,
        };
        Ok((!text.is_empty()).then_some(text))
    }

    /// The role's ARN in the room for it, so that it is made text once; empty if there is none.
    fn made_role_arn(&self) -> Read<&'a str> {
        self.texts.role_arn.get(|| match self.known {
            Some(record) => Ok([text(record.names.arn()?)?, "", "", "", "", ""]),
            None => {
                let (Some(colons), Some(name)) = (self.principal.colons(), self.principal.role_name()) else {
                    return Ok([""; 6]);
                };
                let own = self.principal.name;
                Ok(["arn:", colons.partition(own), ":iam::", colons.account(own), ":role/", name])
            }
        })
    }

    /// `aws:userid` (semantics 7.4).
    pub(super) fn user_id(&self) -> Read<Option<&'a str>> {
        let unique_id = || self.unique_id()?.map(text).transpose();
        let id = match self.principal.kind {
            PrincipalKind::Root => return Ok(self.principal.account()),
            PrincipalKind::User => return unique_id(),
            PrincipalKind::Anonymous => return Ok(Some("anonymous")),
            PrincipalKind::Service | PrincipalKind::WebIdentity | PrincipalKind::Saml => None,
            PrincipalKind::RoleSession => unique_id()?,
            PrincipalKind::FederatedUser => self.principal.account(),
        };
        let (Some(id), Some(session)) = (id, self.principal.session_name()) else { return Ok(None) };
        // An id that an artifact knows may be of any length; there is room for those of requests.
        if id.len() > MAX_NAME_SIZE {
            return Err(Damaged);
        }
        self.texts.user_id.get(|| Ok([id, ":", session, "", "", ""])).map(Some)
    }

    /// The caller's tags in the artifact.
    pub(super) fn tags(&self) -> Option<Tags<'a>> {
        self.known.and_then(|record| record.tags)
    }

    /// Whether `text` is the ARN of the role behind this session. Without a known path: `arn:P:iam::A:role/NAME`.
    pub(super) fn is_role(&self, text: &[u8]) -> Read<bool> {
        if let Some(role_arn) = self.role_arn()? {
            return Ok(bytes::equal(role_arn, text));
        }
        let other = std::str::from_utf8(text).ok().and_then(Arn::parse);
        let (Some(own), Some(name), Some(other)) = (self.principal.arn(), self.principal.role_name(), other) else {
            return Ok(false);
        };
        let is_same_account = other.partition == own.partition && other.service == "iam" && other.account == own.account;
        Ok(is_same_account && other.region.is_empty() && other.resource.strip_prefix("role/") == Some(name))
    }
}

/// What an artifact holds as text.
fn text(bytes: &[u8]) -> Read<&str> {
    std::str::from_utf8(bytes).map_err(|_| Damaged)
}
