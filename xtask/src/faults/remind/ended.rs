//! How a run of `faults remind` ended, and what of it does not hold. It goes by what arrived at the mail server, by
//! what people were told in the lobby, and by what is on the disk.

use super::post::Arrived;
use std::collections::{BTreeMap, BTreeSet};

/// Mails that are on their way at once: so many may be copied by one kill.
const COPIES_PER_KILL_MAX: usize = 4;

/// What a follower is told: its kind, of which event, how its mail's subject begins, whether that comes to those who
/// are here too.
struct Told {
    kind: &'static str,
    title: &'static str,
    subject: &'static str,
    is_for_all: bool,
}

/// The event that is moved.
pub(super) const MOVED: &str = "A sale under load";
/// The event that is cancelled before anybody was to be reminded of it.
pub(super) const DROPPED: &str = "A sale called off";

/// All that a follower is told, in this order: nothing is missing, nothing comes twice.
const TOLD: [Told; 4] = [
    Told { kind: "reminder", title: MOVED, subject: "A sale under load: ", is_for_all: false },
    Told {
        kind: "rescheduled",
        title: MOVED,
        subject: "New time: A sale under load",
        is_for_all: true,
    },
    Told {
        kind: "cancelled",
        title: DROPPED,
        subject: "Cancelled: A sale called off",
        is_for_all: true,
    },
    Told { kind: "reminder", title: MOVED, subject: "A sale under load: ", is_for_all: false },
];

/// What came of it.
pub(super) struct Ended {
    /// What each has in their inbox, as `kind title`, sorted.
    pub(super) inboxes: BTreeMap<u64, Vec<String>>,
    /// Who was in the lobby.
    pub(super) here: BTreeSet<u64>,
    /// The kinds of what each was told there, sorted.
    pub(super) told: BTreeMap<u64, Vec<String>>,
    /// What the mail server took.
    pub(super) arrived: Vec<Arrived>,
    /// Message-IDs that the server had noted as sent, at each kill.
    pub(super) noted: Vec<BTreeSet<String>>,
}

/// How much each is told in all.
pub(super) const IN_ALL: usize = TOLD.len();

impl Ended {
    /// What does not hold.
    pub(super) fn faults(&self, accounts: &[(u64, String)]) -> Vec<String> {
        let mails = self.mails();
        let mut faults: Vec<String> =
            accounts.iter().filter_map(|one| self.fault_of(one, &mails)).collect();
        let copies = self.arrived.len() - self.distinct();
        if copies > self.noted.len() * COPIES_PER_KILL_MAX {
            faults.push(format!("{copies} mails came twice, with {} kills", self.noted.len()));
        }
        faults.extend(self.wrong_copies());
        if self.told.is_empty() {
            faults.push("nobody was told in the lobby".to_owned());
        }
        faults
    }

    fn fault_of(
        &self,
        (account, email): &(u64, String),
        mails: &BTreeMap<&str, BTreeMap<&str, &str>>,
    ) -> Option<String> {
        let is_here = self.here.contains(account);
        let inbox = self.inboxes.get(account).cloned().unwrap_or_default();
        let told = self.told.get(account).cloned().unwrap_or_default();
        let mails = mails.get(email.as_str()).map(BTreeMap::values);
        let mails = sorted(mails.into_iter().flatten().map(|subject| (*subject).to_owned()));
        let in_inbox = sorted(TOLD.iter().map(|one| format!("{} {}", one.kind, one.title)));
        let by_mail = TOLD.iter().filter(|one| one.is_for_all || !is_here);
        let by_mail = sorted(by_mail.map(|one| one.subject.to_owned()));
        let mut pairs = mails.iter().zip(&by_mail);
        let is_sent = mails.len() == by_mail.len() && pairs.all(|(is, head)| is.starts_with(head));
        // Who was told of the first one just as the server was killed has it in the inbox alone.
        let here = |from: usize| sorted(TOLD[from..].iter().map(|one| one.kind.to_owned()));
        let is_told = if is_here { told == here(0) || told == here(1) } else { told.is_empty() };
        let holds = inbox == in_inbox && is_sent && is_told;
        let what = || format!("{email}: inbox {inbox:?}, told {told:?}, mails {mails:?}");
        (!holds).then(what)
    }

    /// What came again though its server knew, when it was killed, that it was sent.
    fn wrong_copies(&self) -> Vec<String> {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for one in &self.arrived {
            *times.entry(&one.message_id).or_default() += 1;
        }
        let open = |id: &str| {
            // The server has it without the brackets.
            let id = id.trim_matches(['<', '>']);
            self.noted.iter().filter(|noted| !noted.contains(id)).count()
        };
        let wrong = times.into_iter().filter(|(id, times)| *times > 1 + open(id));
        wrong.map(|(id, times)| format!("{id} came {times} times, no kill can be why")).collect()
    }

    /// The subjects of what each address got, by Message-ID.
    fn mails(&self) -> BTreeMap<&str, BTreeMap<&str, &str>> {
        let mut mails: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
        for one in &self.arrived {
            mails.entry(&one.to).or_default().insert(&one.message_id, &one.subject);
        }
        mails
    }

    /// How many mails there were, whatever came twice.
    pub(super) fn distinct(&self) -> usize {
        let ids: BTreeSet<&str> = self.arrived.iter().map(|one| one.message_id.as_str()).collect();
        ids.len()
    }
}

fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    texts
}
