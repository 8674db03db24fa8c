//! Every code that a refusal or a close may carry, in one table each, equal to PROTOCOL.md. Texts are for
//! people and may change; a code never changes its meaning.

macro_rules! refusals {
    ($($name:ident $code:literal $message:literal)*) => {
        /// Why a request was not done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Refusal {
            $(#[doc = $message] $name,)*
        }

        impl Refusal {
            /// The whole table.
            pub const ALL: &'static [Refusal] = &[$(Refusal::$name,)*];

            /// The code, for machines.
            pub const fn code(self) -> &'static str {
                match self { $(Refusal::$name => $code,)* }
            }

            /// The default text, for people.
            pub const fn message(self) -> &'static str {
                match self { $(Refusal::$name => $message,)* }
            }
        }
    };
}

refusals! {
    // The connection.
    SubProtocolRequired "sub_protocol_required" "Ask for the WebSocket sub-protocol houseful.v1."
    OriginNotAllowed "origin_not_allowed" "This page may not connect to this server."
    HelloFirst "hello_first" "Send hello before anything else."
    MalformedJson "malformed_json" "The message is not JSON, or is nested too deeply."
    UnknownFrame "unknown_frame" "There is no frame of that name."
    InvalidFrame "invalid_frame" "A field of the frame is missing or wrong."
    TooLarge "too_large" "The message is too large."
    TextOnly "text_only" "Messages must be text."
    TooManyConnections "too_many_connections" "You are connected too often. Close another window first."
    RateLimited "rate_limited" "Too many requests. Try again in a moment."
    // Who one is.
    SignInRequired "sign_in_required" "Please sign in first."
    TokenInvalid "token_invalid" "Please sign in again."
    TokenExpired "token_expired" "Your sign-in has run out. Please sign in again."
    OtherAccount "other_account" "This connection belongs to another account."
    NotAllowed "not_allowed" "You are not allowed to do that."
    // Rooms.
    NoSuchRoom "no_such_room" "There is no such room."
    NotJoined "not_joined" "Join the room first."
    TooManyRooms "too_many_rooms" "You are in too many rooms."
    StaleTerm "stale_term" "The room has started anew. Join again."
    IdReused "id_reused" "That id was used for something else."
    UnknownCommand "unknown_command" "This room does not know that command."
    InvalidCommand "invalid_command" "A field of the command is missing or wrong."
    UnknownLive "unknown_live" "This room shows no such thing of anybody."
    InvalidLive "invalid_live" "What is to be shown is wrong or too long."
    NoSuchLog "no_such_log" "This room has no such log, or you may not see it."
    Busy "busy" "The room is busy. Try again in a moment."
    ReadOnly "read_only" "Nothing can be changed at the moment. Try again later."
    Unavailable "unavailable" "The room cannot be reached at the moment. Try again in a moment."
    Internal "internal" "Something went wrong on the server. Nothing was changed."
    // The door.
    NotStarted "not_started" "The room starts when enough people are here."
    RoomFull "room_full" "The room is full. You can wait in line."
    NotFull "not_full" "There is a place for you: come in."
    LineFull "line_full" "The line is full too. Come back later."
    InLine "in_line" "You are still in line."
    PlaceFree "place_free" "It is your turn."
    TurnOver "turn_over" "You did not come in time."
    RoomLocked "room_locked" "The room is locked: nobody new may come in."
    RoomPrivate "room_private" "The room is for those who are invited."
    RoomClosed "room_closed" "The room was closed."
    Banned "banned" "You are banned from this room."
    NotBanned "not_banned" "That person is not banned."
    Kicked "kicked" "You were put out of the room."
    Invited "invited" "You are invited to a room."
    Uninvited "uninvited" "You are no longer invited to this room."
    NotInvited "not_invited" "That person is not invited."
    NoSuchLink "no_such_link" "This link does not, or no longer, invite to anything."
    TooManyGuests "too_many_guests" "The room knows as many people as it can."
    TooManyLinks "too_many_links" "The room has as many links as it can."
    // Seats.
    SeatsTaken "seats_taken" "Some of these seats are no longer available."
    NotEnoughLeft "not_enough_left" "There are not enough places left."
    NotEnoughTogether "not_enough_together" "There are not that many seats left together."
    Orphan "orphan" "That would leave a single empty seat."
    LimitExceeded "limit_exceeded" "That is more than one person may take."
    NoSuchSeat "no_such_seat" "There is no such seat."
    NoSuchArea "no_such_area" "There is no such area."
    NoSuchOrder "no_such_order" "There is no such order."
    NothingHeld "nothing_held" "You hold no seats."
    RenewedTooOften "renewed_too_often" "Your seats cannot be held any longer."
    PaymentNotPossible "payment_not_possible" "That way of payment is not possible here."
    AlreadyBooked "already_booked" "You have a booking of this event already."
    AlreadyCancelled "already_cancelled" "That is cancelled already."
    NotBlockable "not_blockable" "Held or booked seats cannot be blocked."
    SaleClosed "sale_closed" "Seats are not on sale."
    CoolingDown "cooling_down" "You let several holds run out. Try again later."
    TooManyHolds "too_many_holds" "You have begun to choose seats very often. Try again later."
    PastStart "past_start" "That is in the past."
    EditConflict "edit_conflict" "Somebody else has changed it meanwhile."
    EventInvalid "event_invalid" "Something about the event is missing or wrong."
    EventCancelled "event_cancelled" "The event is cancelled."
    EventDeleted "event_deleted" "This draft was deleted."
    AlreadyPublished "already_published" "People have been shown this event, so it cannot be deleted."
    HasBookings "has_bookings" "There are bookings of this draft, so it cannot be deleted."
    EventEnded "event_ended" "The event is over, so this can no longer change."
    TooManyInvited "too_many_invited" "As many people are invited to this event as can be."
    TooManyOfTeam "too_many_of_team" "As many people run this event as can."
    BelowTaken "below_taken" "More places than that are booked, held or blocked."
    // The waiting list, and the entrance.
    NotSoldOut "not_sold_out" "There are places left: there is nothing to wait for."
    AlreadyInLine "already_in_line" "You are in the waiting list already."
    NotInLine "not_in_line" "You are not in the waiting list."
    ReservedForLine "reserved_for_line" "These places are kept for people in the waiting list."
    NoSuchTicket "no_such_ticket" "There is no such ticket for this event."
    // Chat.
    NoSuchMessage "no_such_message" "There is no such message."
    MessageDeleted "message_deleted" "This message was deleted."
    NotAuthor "not_author" "Only whoever wrote a message can change it."
    Muted "muted" "You cannot write in this room for a while."
    TooFast "too_fast" "You are writing too fast. Please wait a moment."
    SlowMode "slow_mode" "This room is in slow mode. Please wait before your next message."
    TooManyReactions "too_many_reactions" "This message has as many reactions as it can."
    NoSuchPerson "no_such_person" "There is nobody like that in this room."
    TooManyMuted "too_many_muted" "Too many people are muted here."
    // Boards.
    ItemExists "item_exists" "There is such an item on the board already."
    NoSuchItem "no_such_item" "This is no longer on the board."
    BoardFull "board_full" "There is no room left on this board."
    NothingToUndo "nothing_to_undo" "There is nothing of yours to undo."
    NothingToRedo "nothing_to_redo" "There is nothing of yours to do again."
    ChangedSince "changed_since" "Somebody else has changed this since."
}

impl Refusal {
    /// Whether it is the room's answer, to be remembered. The others say that nothing was decided: the
    /// same id may be sent again.
    pub const fn is_outcome(self) -> bool {
        !matches!(
            self,
            Refusal::Busy
                | Refusal::ReadOnly
                | Refusal::Unavailable
                | Refusal::RateLimited
                | Refusal::SignInRequired
                | Refusal::TokenExpired
                | Refusal::StaleTerm
                | Refusal::NotJoined
                | Refusal::NoSuchRoom
                | Refusal::Internal
        )
    }
}

macro_rules! closes {
    ($($name:ident $number:literal $code:literal $reason:literal)*) => {
        /// Why a connection ends.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Close {
            $(#[doc = $reason] $name,)*
        }

        impl Close {
            /// The whole table.
            pub const ALL: &'static [Close] = &[$(Close::$name,)*];

            /// The number that travels in the close frame.
            pub const fn number(self) -> u16 {
                match self { $(Close::$name => $number,)* }
            }

            /// Its name.
            pub const fn code(self) -> &'static str {
                match self { $(Close::$name => $code,)* }
            }

            /// The text that travels with it.
            pub const fn reason(self) -> &'static str {
                match self { $(Close::$name => $reason,)* }
            }
        }
    };
}

closes! {
    GoingAway 4000 "going_away" "the server restarts or hands over"
    SlowConsumer 4001 "slow_consumer" "you read too slowly; resume"
    HeartbeatLost 4002 "heartbeat_lost" "nothing heard from you"
    HelloTimeout 4003 "hello_timeout" "no hello in time"
    Flood 4004 "flood" "far too many requests"
    SessionRevoked 4500 "session_revoked" "sign in again"
}

impl Close {
    /// Whether the client should come back, with backoff and jitter.
    pub const fn may_return(self) -> bool {
        self.number() < 4500
    }
}
