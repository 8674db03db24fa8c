//! Keyed rows, each with one audience.

use super::{Shape, misfit};
use crate::op::to_json;
use crate::{Audience, Corrupt, Op, Recorder};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// Rows by key. A row that changes its audience is a removal for those who lose it and an insertion
/// for those who gain it.
#[derive(Debug)]
pub struct Rows<K, V> {
    rows: BTreeMap<K, (Audience, V)>,
    by_audience: BTreeMap<Audience, BTreeSet<K>>,
    /// What the touched rows were, in the order of touching.
    before: Vec<(K, Option<(Audience, V)>)>,
}

impl<K, V> Default for Rows<K, V> {
    fn default() -> Self {
        Rows { rows: BTreeMap::new(), by_audience: BTreeMap::new(), before: Vec::new() }
    }
}

impl<K: Ord + Clone, V: Clone> Rows<K, V> {
    /// The row with this key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key).map(|(_, value)| value)
    }

    /// Who sees the row with this key.
    pub fn audience(&self, key: &K) -> Option<&Audience> {
        self.rows.get(key).map(|(audience, _)| audience)
    }

    /// Writes a row for an audience, over what had its key.
    pub fn put(&mut self, key: K, audience: Audience, value: V) {
        let before = self.replace(key.clone(), Some((audience, value)));
        self.before.push((key, before));
    }

    /// Removes a row; nothing happens if there is none.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let before = self.replace(key.clone(), None)?;
        let value = before.1.clone();
        self.before.push((key.clone(), Some(before)));
        Some(value)
    }

    /// The rows in the order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.rows.iter().map(|(key, (_, value))| (key, value))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn replace(&mut self, key: K, row: Option<(Audience, V)>) -> Option<(Audience, V)> {
        let next = row.as_ref().map(|(audience, _)| audience.clone());
        let before = match row {
            Some(row) => self.rows.insert(key.clone(), row),
            None => self.rows.remove(&key),
        };
        let last = before.as_ref().map(|(audience, _)| audience.clone());
        if last == next {
            return before;
        }
        if let Some(last) = last
            && let Some(keys) = self.by_audience.get_mut(&last)
        {
            keys.remove(&key);
            if keys.is_empty() {
                self.by_audience.remove(&last);
            }
        }
        if let Some(next) = next {
            self.by_audience.entry(next).or_default().insert(key);
        }
        before
    }
}

impl<K, V> Shape for Rows<K, V>
where
    K: Ord + Clone + Serialize + DeserializeOwned,
    V: Clone + Serialize + DeserializeOwned,
{
    fn drain(&mut self, name: &str, into: &mut Recorder) {
        let mut done = BTreeSet::new();
        for (key, before) in std::mem::take(&mut self.before) {
            if !done.insert(key.clone()) {
                continue;
            }
            let now = self.rows.get(&key);
            if let Some((audience, _)) = &before
                && now.is_none_or(|(now, _)| now != audience)
            {
                into.del(audience, name, &key);
            }
            if let Some((audience, value)) = now {
                into.put(audience, name, &key, value);
            }
        }
    }

    fn rollback(&mut self) {
        for (key, before) in std::mem::take(&mut self.before).into_iter().rev() {
            self.replace(key, before);
        }
    }

    fn apply(&mut self, audience: &Audience, op: &Op<'_>) -> Result<(), Corrupt> {
        match op {
            Op::Put(_, key, value) => {
                let value = serde_json::from_str(value.get())?;
                self.replace(serde_json::from_str(key.get())?, Some((audience.clone(), value)));
            }
            Op::Del(_, key) => {
                let key: K = serde_json::from_str(key.get())?;
                // A row that moved was put for its new audience by another group of the same entry.
                if self.rows.get(&key).is_some_and(|(now, _)| now == audience) {
                    self.replace(key, None);
                }
            }
            _ => return Err(misfit(op)),
        }
        Ok(())
    }

    fn view(&self, audience: &Audience) -> Option<String> {
        let keys = self.by_audience.get(audience)?;
        let rows: Vec<(&K, &V)> =
            keys.iter().filter_map(|key| self.rows.get(key).map(|(_, row)| (key, row))).collect();
        Some(format!("{{\"rows\":{}}}", to_json(&rows)))
    }

    fn store(&self) -> String {
        let rows: Vec<(String, &K, &V)> = self
            .rows
            .iter()
            .map(|(key, (audience, value))| (audience.to_string(), key, value))
            .collect();
        to_json(&rows)
    }

    fn restore(&mut self, stored: &RawValue) -> Result<(), Corrupt> {
        let rows: Vec<(String, K, V)> = serde_json::from_str(stored.get())?;
        for (audience, key, value) in rows {
            let audience = Audience::parse(&audience)
                .ok_or_else(|| Corrupt(format!("unknown audience {audience:?}")))?;
            self.replace(key, Some((audience, value)));
        }
        Ok(())
    }
}
