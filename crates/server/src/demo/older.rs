//! What the clients of older systems expect to find: their accounts, events and rooms. Names and figures are theirs.

use crate::store::Role;

/// The password of the booking dialect's people.
pub const PASSWORD: &str = "password123";
/// Its people, the first of them admin.
pub const PEOPLE: [(&str, &str, Role); 4] = [
    ("admin@example.com", "Admin User", Role::Admin),
    ("john@example.com", "John Doe", Role::Attendee),
    ("jane@example.com", "Jane Smith", Role::Attendee),
    ("bob@example.com", "Bob Johnson", Role::Attendee),
];
/// The pages that its client is served from.
pub const BOOKING_ORIGINS: [&str; 3] = [
    "http://localhost:8080",
    "https://preview--pure-front-focus.lovable.app",
    "https://event-booking-system011.vercel.app",
];
/// Its events: title, description, days from now, how many fit.
pub const EVENTS: [(&str, &str, u64, u32); 6] = [
    ("Tech Conference 2026", "Talks about the craft, two days long.", 61, 100),
    ("Jazz in the Park", "An evening under the trees, with a quartet.", 66, 50),
    ("Startup Pitch Night", "Ten teams, five minutes each.", 72, 30),
    ("Web Development Workshop", "Hands on, from the first page to the deployed one.", 79, 25),
    ("Charity Run", "Ten kilometres for the children’s hospital.", 86, 200),
    ("Open Air Cinema", "A silent film with live music.", 93, 80),
];

/// The event whose seats the seats dialect sells: the one after the demo's own three.
pub const SEATS_EVENT: u64 = 4;

/// The pages that the chat dialect's client is served from.
pub const CHAT_ORIGINS: [&str; 2] =
    ["https://clever-aryabhata-d8e12c.netlify.app", "http://localhost:3000"];
/// Rooms about something, for whoever comes: the chat dialect's four.
pub const TOPICS: [(&str, &str); 4] = [
    ("rooms/cooking", "Cooking"),
    ("rooms/money", "$$Money$$"),
    ("rooms/travel", "Traveling"),
    ("rooms/pets", "Damn Cute Fur Babies"),
];

/// Who may enter by the lobby dialect.
pub const LOBBY_NAMES: [&str; 4] = ["user:1", "user:2", "user:3", "user:4"];
/// Its rooms, which begin when two are there and have places for five.
pub const LOBBY_ROOMS: [(&str, &str); 2] =
    [("rooms/R:1", "First Room"), ("rooms/R:2", "Second Room")];
/// How many a room waits for, and how many fit.
pub const LOBBY_PLACES: (u32, u32) = (2, 5);
