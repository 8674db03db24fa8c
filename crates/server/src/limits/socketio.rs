//! What Socket.IO sessions may take.

/// Between two signs of life: what clients of all versions expect.
pub const SOCKETIO_PING_MS: u64 = 25_000;

/// How long an answer to a ping may take, in the present servers of the protocol.
pub const SOCKETIO_PONG_MS_MAX: u64 = 20_000;

/// Bytes of one message, and of a body of long polling: the frames of the native protocol are smaller.
pub const SOCKETIO_PAYLOAD_BYTES_MAX: usize = 100_000;

/// How long a client may be in no namespace: as in the present servers of the protocol.
pub const SOCKETIO_CONNECT_MS_MAX: u64 = 45_000;

/// How long an upgrade may take: as in the present servers of the protocol.
pub const SOCKETIO_UPGRADE_MS_MAX: u64 = 10_000;

/// How long a poll goes on while its client tries a WebSocket: it must end before the client goes over.
pub const SOCKETIO_NOOP_MS: u64 = 50;

/// How long a poll that was on its way when its client said goodbye is waited for.
pub const SOCKETIO_GOODBYE_MS: u64 = 1_000;

/// Messages of a client that wait for whoever serves it; beyond, its transport is not read.
pub const SOCKETIO_INCOMING_MAX: usize = 16;

/// Bytes that wait for a client, in whole packets; more is a slow consumer.
pub const SOCKETIO_QUEUE_BYTES_MAX: usize = super::SEND_QUEUE_BYTES_MAX;

/// Sessions of one listener: those that poll have no place among live connections.
pub const SOCKETIO_SESSIONS_MAX: usize = 4_096;

/// Sessions from one address at one listener.
pub const SOCKETIO_SESSIONS_PER_ADDRESS_MAX: usize = 256;
