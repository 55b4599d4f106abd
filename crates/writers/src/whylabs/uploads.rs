//! One profile's way to `WhyLabs`, kept between attempts so that a retry goes on where the last one ended.
//!
//! Each address that is asked for makes a new entry there, and entries of one dataset and time are merged: asking twice counts a profile twice if
//! both are filled. So the address is kept before the first put, and put to again (which replaces) until it expires. Only then is a new
//! one asked for; if nobody knows whether the old one was filled, the error says that the profile may be counted twice. A transaction avoids
//! even that: what is put in it counts when it is committed, and one that goes wrong before is left to lapse.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use rolling_profiles_engine::{EngineError, ErrorCode, Writable};

use super::api::{Api, Failure, Upload};

/// How far one profile has come.
#[derive(Debug, Clone, Default)]
struct Progress {
    transaction: Option<String>,
    upload: Option<Upload>,
    /// A put ended without an answer.
    may_be_there: bool,
    is_put: bool,
    /// A commit ended without an answer.
    may_be_committed: bool,
}

#[derive(Debug, Default)]
pub(super) struct Uploads {
    /// By idempotency key.
    begun: Mutex<HashMap<String, Progress>>,
    /// Keys of attempts that are under way.
    under_way: Mutex<HashSet<String>>,
}

/// An attempt that is under way, until it is dropped.
struct UnderWay<'a> {
    uploads: &'a Uploads,
    key: &'a str,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.uploads.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(self.key);
    }
}

impl Uploads {
    /// Makes one attempt for a profile. Two at a time would ask for two addresses, and count the profile twice: the second fails.
    pub fn attempt(&self, api: &Api, item: &Writable) -> Result<(), EngineError> {
        let key = &item.idempotency_key;
        if !self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone()) {
            return Err(EngineError::new(ErrorCode::Writer, "WhyLabs: the last attempt has not ended"));
        }
        let _under_way = UnderWay { uploads: self, key };
        let mut progress = self.lock().remove(&item.idempotency_key).unwrap_or_default();
        let outcome = if api.settings().transactions {
            in_transaction(api, item, &mut progress)
        } else {
            directly(api, item, &mut progress)
        };
        if outcome.is_err() {
            self.lock().insert(item.idempotency_key.clone(), progress);
        }
        outcome.map_err(|failure| failure.error)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Progress>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn directly(api: &Api, item: &Writable, progress: &mut Progress) -> Result<(), Failure> {
    let upload = if let Some(upload) = progress.upload.clone() {
        upload
    } else {
        let org = item.org_id.as_deref().unwrap_or(&api.settings().org_id);
        api.log_async(org, item)?
    };
    progress.upload = Some(upload.clone());
    put(api, item, &upload, progress)
}

/// Puts, and forgets an address that has expired.
fn put(api: &Api, item: &Writable, upload: &Upload, progress: &mut Progress) -> Result<(), Failure> {
    let Err(mut failure) = api.put(upload, &item.bytes) else { return Ok(()) };
    progress.may_be_there |= failure.is_unknown();
    if failure.status == Some(403) {
        progress.upload = None;
        failure.error.code = ErrorCode::Writer;
        failure.error.advice.is_permanent = false;
        failure.error.message = String::from("WhyLabs: the upload address has expired; another is asked for");
        if progress.transaction.take().is_none() && std::mem::take(&mut progress.may_be_there) {
            failure.error.advice.may_duplicate = true;
            failure.error.message.push_str("; the profile may be counted twice");
        }
    }
    Err(failure)
}

fn in_transaction(api: &Api, item: &Writable, progress: &mut Progress) -> Result<(), Failure> {
    if !progress.is_put {
        let transaction = match progress.transaction.clone() {
            Some(transaction) => transaction,
            None => api.begin(&item.dataset_id)?,
        };
        progress.transaction = Some(transaction.clone());
        let upload = match progress.upload.clone() {
            Some(upload) => upload,
            None => api.log_in(&transaction, item).inspect_err(|failure| {
                // An answer that was lost may have made an entry that is never filled: better another transaction.
                if failure.is_unknown() || failure.status == Some(404) {
                    progress.transaction = None;
                }
            })?,
        };
        progress.upload = Some(upload.clone());
        put(api, item, &upload, progress)?;
        progress.is_put = true;
    }
    let Some(transaction) = progress.transaction.clone() else { return Ok(()) };
    let Err(mut failure) = api.commit(&transaction) else { return Ok(()) };
    let was_aborted = failure.text.contains("aborted");
    if failure.status == Some(404) && progress.may_be_committed && !was_aborted {
        // The commit whose answer was lost has ended the transaction.
        return Ok(());
    }
    if failure.status == Some(404) {
        *progress = Progress::default();
        failure.error.code = ErrorCode::Writer;
        failure.error.advice.is_permanent = false;
        failure.error.message = String::from("WhyLabs: the transaction was aborted; another is begun");
    } else {
        progress.may_be_committed |= failure.is_unknown();
    }
    Err(failure)
}
