//! Dense small values by index: a 50,000-seat hall in 12.5 kB.

use super::{Shape, misfit};
use crate::{Audience, Corrupt, Op, Recorder};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeSet;

/// A fixed number of small values, seen by everyone, packed from the low bits of each byte up.
#[derive(Debug)]
pub struct Grid {
    bits: u8,
    length: u32,
    data: Vec<u8>,
    /// What the touched places held when the transaction began, in the order of touching.
    before: Vec<(u32, u8)>,
}

impl Grid {
    /// A grid of `length` zeros of 1, 2, 4 or 8 bits each.
    ///
    /// # Panics
    /// For another number of bits.
    pub fn new(length: u32, bits: u8) -> Self {
        assert!(matches!(bits, 1 | 2 | 4 | 8), "a grid has 1, 2, 4 or 8 bits a value");
        let bytes = (length as usize * bits as usize).div_ceil(8);
        Grid { bits, length, data: vec![0; bytes], before: Vec::new() }
    }

    /// How many values there are.
    pub fn length(&self) -> u32 {
        self.length
    }

    /// The value at an index, or `None` outside the grid.
    pub fn get(&self, index: u32) -> Option<u8> {
        (index < self.length).then(|| self.read(index))
    }

    /// Sets the value at an index.
    ///
    /// # Panics
    /// Outside the grid, or for a value that needs more bits: an application checks its input first.
    pub fn set(&mut self, index: u32, value: u8) {
        assert!(index < self.length, "index {index} of a grid of {}", self.length);
        assert!(u32::from(value) < 1 << self.bits, "value {value} in {} bits", self.bits);
        self.before.push((index, self.read(index)));
        self.write(index, value);
    }

    /// The values in order.
    pub fn iter(&self) -> impl Iterator<Item = u8> + '_ {
        (0..self.length).map(|index| self.read(index))
    }

    fn place(&self, index: u32) -> (usize, u32, u8) {
        let bit = index as usize * self.bits as usize;
        let mask = ((1u32 << self.bits) - 1) as u8;
        (bit / 8, (bit % 8) as u32, mask)
    }

    fn read(&self, index: u32) -> u8 {
        let (byte, shift, mask) = self.place(index);
        (self.data[byte] >> shift) & mask
    }

    fn write(&mut self, index: u32, value: u8) {
        let (byte, shift, mask) = self.place(index);
        self.data[byte] = self.data[byte] & !(mask << shift) | value << shift;
    }
}

#[derive(Deserialize)]
struct Stored<'a> {
    bits: u8,
    length: u32,
    data: &'a str,
}

impl Shape for Grid {
    fn drain(&mut self, name: &str, into: &mut Recorder) {
        let mut done = BTreeSet::new();
        let mut places = Vec::new();
        for (index, before) in std::mem::take(&mut self.before) {
            let value = self.read(index);
            if done.insert(index) && value != before {
                places.push((index, value));
            }
        }
        if !places.is_empty() {
            into.set(&Audience::All, name, &places);
        }
    }

    fn rollback(&mut self) {
        for (index, before) in std::mem::take(&mut self.before).into_iter().rev() {
            self.write(index, before);
        }
    }

    fn apply(&mut self, _: &Audience, op: &Op<'_>) -> Result<(), Corrupt> {
        let Op::Set(shape, places) = op else { return Err(misfit(op)) };
        for (index, value) in places {
            if *index >= self.length || u32::from(*value) >= 1 << self.bits {
                return Err(Corrupt(format!("{shape}[{index}] = {value} is outside the grid")));
            }
            self.write(*index, *value);
        }
        Ok(())
    }

    fn view(&self, audience: &Audience) -> Option<String> {
        (*audience == Audience::All).then(|| format!("{{\"grid\":{}}}", self.store()))
    }

    fn store(&self) -> String {
        let data = STANDARD.encode(&self.data);
        format!("{{\"bits\":{},\"length\":{},\"data\":\"{data}\"}}", self.bits, self.length)
    }

    fn restore(&mut self, stored: &RawValue) -> Result<(), Corrupt> {
        let stored: Stored<'_> = serde_json::from_str(stored.get())?;
        let data = STANDARD.decode(stored.data).map_err(|error| Corrupt(error.to_string()))?;
        let same = (stored.bits, stored.length) == (self.bits, self.length);
        if !same || data.len() != self.data.len() {
            return Err(Corrupt("a grid of another size".into()));
        }
        self.data = data;
        Ok(())
    }
}
