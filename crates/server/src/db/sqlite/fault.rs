//! What can go wrong in a write, and how grave it is. The judgement is made here and nowhere else.

use crate::journal::Rejection;
use crate::store::StoreError;
use rusqlite::{Error, ErrorCode, ffi};

/// Why a job did not do its work.
#[derive(Debug)]
pub(super) enum Fault {
    /// A small write's own "no".
    Refused(StoreError),
    /// The journal's "no" to an append.
    Rejected(Rejection),
    /// SQLite's.
    Sql(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Fault::Refused(error)
    }
}

/// How far an error reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// This job alone.
    Job,
    /// The whole batch: the disk is full, and all of it is rolled back.
    Full,
    /// The process: nobody knows what is on the disk.
    Process,
}

impl Fault {
    /// How far it reaches.
    pub(super) fn reach(&self) -> Reach {
        match self {
            Fault::Sql(error) => reach(error),
            Fault::Refused(_) | Fault::Rejected(_) => Reach::Job,
        }
    }

    /// As the answer to a small write.
    pub(super) fn into_store_error(self) -> StoreError {
        match self {
            Fault::Refused(error) => error,
            Fault::Rejected(rejection) => StoreError::Failed(format!("{rejection:?}")),
            Fault::Sql(error) if is_constraint(&error) => StoreError::Conflict(error.to_string()),
            Fault::Sql(Error::QueryReturnedNoRows) => StoreError::NotFound,
            Fault::Sql(error) => StoreError::Failed(error.to_string()),
        }
    }

    /// As the answer to an append: whatever it was, nothing of this room was written.
    pub(super) fn into_rejection(self) -> Rejection {
        match self {
            Fault::Rejected(rejection) => rejection,
            Fault::Refused(error) => Rejection::Constraint(error.to_string()),
            Fault::Sql(error) => Rejection::Constraint(error.to_string()),
        }
    }
}

/// How far an error of SQLite reaches.
pub(super) fn reach(error: &Error) -> Reach {
    let Error::SqliteFailure(failure, _) = error else { return Reach::Job };
    match failure.code {
        // The shared index of the log could not grow: a full disk by another name, nothing written.
        _ if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Reach::Full,
        ErrorCode::DiskFull => Reach::Full,
        ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            Reach::Process
        }
        _ => Reach::Job,
    }
}

fn is_constraint(error: &Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}
