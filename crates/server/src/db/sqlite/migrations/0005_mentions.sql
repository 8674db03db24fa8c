-- Who was spoken to in which room, as far back as the room's memory goes: what people are told of outside of it.
CREATE TABLE mentions (
    account INTEGER NOT NULL,
    room    TEXT NOT NULL,
    no      INTEGER NOT NULL,
    author  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (account, room, no)
) STRICT, WITHOUT ROWID;
