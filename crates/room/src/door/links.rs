//! Links that invite whoever has their token. The room knows a token's hash alone, so nobody who reads the
//! room's state or journal can come in by it.

use super::commands::{NewLink, Redeem, WhichLink, hash, must_keep};
use super::config::{LINK_MS_MAX, LINK_USES_MAX, LINKS_MAX, wrong};
use super::{DoorConfig, DoorTx, GuestRole, Link, keepers};
use crate::planted::{self, Bug};
use crate::{AccountId, Audience, Caller, Refusal};
use sha2::{Digest, Sha256};
use std::fmt::Write;

impl DoorConfig {
    pub(super) fn link(
        &self,
        tx: &mut DoorTx<'_>,
        by: &Caller,
        new: NewLink,
    ) -> Result<(), Refusal> {
        must_keep(by)?;
        let hash = hash(&new.hash)?;
        let now = tx.now();
        let latest = now.plus_ms(LINK_MS_MAX);
        let until = new.until.unwrap_or(latest);
        if until <= now || until > latest {
            return Err(wrong("until", "Use a moment within the next 30 days.".into()));
        }
        let uses = new.uses.unwrap_or(1);
        if !(1..=LINK_USES_MAX).contains(&uses) {
            return Err(wrong("uses", format!("Use 1 to {LINK_USES_MAX}.")));
        }
        let over: Vec<String> = tx
            .state
            .links
            .iter()
            .filter(|(_, link)| link.until <= now)
            .map(|(hash, _)| hash.clone())
            .collect();
        over.iter().for_each(|hash| drop_link(tx, hash));
        if tx.state.links.get(&hash).is_none() && tx.state.links.len() >= LINKS_MAX {
            let text = format!("A room has at most {LINKS_MAX} links. Take one back first.");
            return Err(Refusal::new("too_many_links", text));
        }
        tx.state.links.put(hash, keepers(), Link { until, uses, by: by.account });
        Ok(())
    }

    pub(super) fn unlink(
        tx: &mut DoorTx<'_>,
        by: &Caller,
        which: &WhichLink,
    ) -> Result<(), Refusal> {
        must_keep(by)?;
        let hash = hash(&which.hash)?;
        if tx.state.links.get(&hash).is_none() {
            return Err(no_such_link());
        }
        drop_link(tx, &hash);
        Ok(())
    }

    /// Invites whoever has the token. A second time changes nothing, but for those who were uninvited since.
    pub(super) fn redeem(
        &self,
        tx: &mut DoorTx<'_>,
        account: AccountId,
        redeem: &Redeem,
    ) -> Result<(), Refusal> {
        let hash = hash_of(&redeem.token);
        let now = tx.now();
        let link = tx.state.links.get(&hash).filter(|link| link.until > now).cloned();
        let link = link.ok_or_else(no_such_link)?;
        match tx.state.guests.get(&account).map(|guest| guest.role) {
            Some(GuestRole::Banned) => return Err(no_such_link()),
            Some(_) => return Ok(()),
            None => {}
        }
        let key = (hash.clone(), account);
        let is_spent = link.uses == 0 || tx.state.redeemed.get(&key).is_some();
        if is_spent && !planted::on(Bug::LinkNeverSpent) {
            return Err(no_such_link());
        }
        self.put_guest(tx, account, GuestRole::Member)?;
        tx.state.redeemed.put(key, Audience::Nobody, true);
        tx.state.links.put(hash, keepers(), Link { uses: link.uses.saturating_sub(1), ..link });
        Ok(())
    }
}

fn drop_link(tx: &mut DoorTx<'_>, hash: &str) {
    tx.state.links.remove(&hash.to_owned());
    let used = tx.state.redeemed.iter().filter(|((of, _), _)| of == hash);
    let used: Vec<(String, AccountId)> = used.map(|(key, _)| key.clone()).collect();
    for key in &used {
        tx.state.redeemed.remove(key);
    }
}

fn hash_of(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The same for one that never was, one that is over, and one that is used up.
fn no_such_link() -> Refusal {
    Refusal::new("no_such_link", "This link does not, or no longer, invite to anything.")
}
