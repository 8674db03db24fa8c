//! Who is invited, who is banned, who is put out. A person who loses what let them in is out at once.

use super::commands::{Invite, must_keep, must_own};
use super::config::{self, GUESTS_MAX};
use super::{
    DoorConfig, DoorTx, Guest, GuestRole, KEEPERS, OWNER, Visibility, keepers, not_allowed,
};
use crate::{AccountId, Caller, Refusal};

impl DoorConfig {
    pub(super) fn invite(
        &self,
        tx: &mut DoorTx<'_>,
        by: &Caller,
        invite: &Invite,
    ) -> Result<(), Refusal> {
        must_keep(by)?;
        config::account("account", invite.account)?;
        let role = invite.role.unwrap_or(GuestRole::Member);
        let before = tx.state.guests.get(&invite.account).map(|guest| guest.role);
        match (before, role) {
            (_, GuestRole::Banned) => {
                return Err(config::wrong("role", "Use \"member\" or \"moderator\".".into()));
            }
            (Some(GuestRole::Banned), _) => return Err(unban_first()),
            (before, role) if before == Some(role) => return Ok(()),
            (Some(GuestRole::Moderator), _) | (_, GuestRole::Moderator) => must_own(by)?,
            _ => {}
        }
        self.put_guest(tx, invite.account, role)?;
        // They see more than before, or less.
        tx.readmit(invite.account, "invited");
        Ok(())
    }

    pub(super) fn uninvite(
        &self,
        tx: &mut DoorTx<'_>,
        by: &Caller,
        account: AccountId,
    ) -> Result<(), Refusal> {
        let before = tx.state.guests.get(&account).map(|guest| guest.role);
        match before {
            _ if by.account == account => {}
            Some(GuestRole::Moderator) => must_own(by)?,
            _ => must_keep(by)?,
        }
        if before.is_none_or(|role| role == GuestRole::Banned) {
            return Err(Refusal::new("not_invited", "That person is not invited."));
        }
        self.remove_guest(tx, account);
        let is_needed = tx
            .state
            .facts()
            .is_some_and(|facts| facts.locked || facts.visibility == Visibility::Private);
        if is_needed {
            tx.expel(account, "uninvited");
        } else {
            tx.readmit(account, "uninvited");
        }
        Ok(())
    }

    pub(super) fn kick(
        tx: &mut DoorTx<'_>,
        by: &Caller,
        account: AccountId,
    ) -> Result<(), Refusal> {
        Self::must_outrank(tx, by, account)?;
        tx.expel(account, "kicked");
        Ok(())
    }

    pub(super) fn ban(
        &self,
        tx: &mut DoorTx<'_>,
        by: &Caller,
        account: AccountId,
    ) -> Result<(), Refusal> {
        config::account("account", account)?;
        Self::must_outrank(tx, by, account)?;
        self.put_guest(tx, account, GuestRole::Banned)?;
        tx.expel(account, "banned");
        Ok(())
    }

    pub(super) fn unban(
        &self,
        tx: &mut DoorTx<'_>,
        by: &Caller,
        account: AccountId,
    ) -> Result<(), Refusal> {
        must_keep(by)?;
        let role = tx.state.guests.get(&account).map(|guest| guest.role);
        if role != Some(GuestRole::Banned) {
            return Err(Refusal::new("not_banned", "That person is not banned."));
        }
        self.remove_guest(tx, account);
        Ok(())
    }

    /// Nobody puts out the owner or themselves, and a moderator no moderator.
    fn must_outrank(tx: &DoorTx<'_>, by: &Caller, account: AccountId) -> Result<(), Refusal> {
        must_keep(by)?;
        let is_owner = tx.state.facts().is_some_and(|facts| facts.owner == account);
        let guest = tx.state.guests.get(&account).map(|guest| guest.role);
        let is_peer = guest == Some(GuestRole::Moderator) && by.role != OWNER;
        if is_owner || is_peer || account == by.account { Err(not_allowed()) } else { Ok(()) }
    }

    /// Whoever is inside when a room becomes private is invited by that.
    pub(super) fn invite_all(
        &self,
        tx: &mut DoorTx<'_>,
        accounts: impl Iterator<Item = AccountId>,
    ) -> Result<(), Refusal> {
        let owner = tx.state.facts().map(|facts| facts.owner);
        for account in accounts.filter(|account| Some(*account) != owner) {
            if tx.state.guests.get(&account).is_none() {
                self.put_guest(tx, account, GuestRole::Member)?;
            }
        }
        Ok(())
    }

    pub(super) fn put_guest(
        &self,
        tx: &mut DoorTx<'_>,
        account: AccountId,
        role: GuestRole,
    ) -> Result<(), Refusal> {
        let is_new = tx.state.guests.get(&account).is_none();
        if is_new && tx.state.guests.len() >= GUESTS_MAX {
            let text = format!("A room knows at most {GUESTS_MAX} people beforehand.");
            return Err(Refusal::new("too_many_guests", text));
        }
        debug_assert_eq!(keepers().to_string(), format!("group:{KEEPERS}"));
        tx.state.guests.put(account, keepers(), Guest { role });
        tx.derive(self.listed_guest(account, Some(role)));
        Ok(())
    }

    fn remove_guest(&self, tx: &mut DoorTx<'_>, account: AccountId) {
        tx.state.guests.remove(&account);
        tx.derive(self.listed_guest(account, None));
    }
}

fn unban_first() -> Refusal {
    Refusal::new("banned", "That person is banned. Lift the ban first.")
}
