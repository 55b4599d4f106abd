//! The table of counters: open addressing with linear probing, purged by the median (Anderson, Bevan, Lang, Liberty, Rhodes and
//! Thaler, 2017). Its layout equals the reference's slot for slot, because the layout decides which counters a purge samples and in
//! which order an image lists the items.
//!
//! Invariants: 2^`lg` slots; at most three quarters are in use; `probes[i]` is 0 for a free slot, else 1 plus the distance from the
//! item's home slot, and no slot between home and item is free.

/// Most counters a purge looks at.
const SAMPLE: usize = 1024;

/// Log2 of the slots a table starts with.
pub(crate) const LG_START: u8 = 3;

#[derive(Debug, Clone)]
pub(crate) struct Table {
    lg: u8,
    lg_max: u8,
    active: usize,
    probes: Vec<u32>,
    hashes: Vec<u64>,
    counts: Vec<u64>,
    keys: Vec<Box<str>>,
}

impl Table {
    pub(crate) fn new(lg: u8, lg_max: u8) -> Self {
        let slots = 1 << lg;
        Self {
            lg,
            lg_max,
            active: 0,
            probes: vec![0; slots],
            hashes: vec![0; slots],
            counts: vec![0; slots],
            keys: vec![Box::default(); slots],
        }
    }

    pub(crate) fn lg(&self) -> u8 {
        self.lg
    }

    pub(crate) fn lg_max(&self) -> u8 {
        self.lg_max
    }

    pub(crate) fn active(&self) -> usize {
        self.active
    }

    /// Adds to an item's counter, making it when it is new. Returns how much a purge took from every counter, 0 without one.
    #[inline]
    pub(crate) fn add(&mut self, hash: u64, key: &str, count: u64) -> u64 {
        let mask = self.probes.len() - 1;
        let mut slot = hash as usize & mask;
        let mut probe = 1;
        while self.probes[slot] != 0 {
            if self.hashes[slot] == hash && &*self.keys[slot] == key {
                self.counts[slot] = self.counts[slot].saturating_add(count);
                return 0;
            }
            slot = (slot + 1) & mask;
            probe += 1;
        }
        self.occupy(slot, probe, hash, key.into(), count);
        if self.active * 4 <= self.probes.len() * 3 {
            0
        } else if self.lg < self.lg_max {
            self.grow();
            0
        } else {
            self.purge()
        }
    }

    fn occupy(&mut self, slot: usize, probe: u32, hash: u64, key: Box<str>, count: u64) {
        self.probes[slot] = probe;
        self.hashes[slot] = hash;
        self.keys[slot] = key;
        self.counts[slot] = count;
        self.active += 1;
    }

    /// Takes in an item known to be new.
    fn place(&mut self, hash: u64, key: Box<str>, count: u64) {
        let mask = self.probes.len() - 1;
        let mut slot = hash as usize & mask;
        let mut probe = 1;
        while self.probes[slot] != 0 {
            slot = (slot + 1) & mask;
            probe += 1;
        }
        self.occupy(slot, probe, hash, key, count);
    }

    fn grow(&mut self) {
        let mut larger = Self::new(self.lg + 1, self.lg_max);
        for slot in 0..self.probes.len() {
            if self.probes[slot] != 0 {
                larger.place(self.hashes[slot], std::mem::take(&mut self.keys[slot]), self.counts[slot]);
            }
        }
        *self = larger;
    }

    /// Places all items anew in the order of an image, as reading that image does.
    pub(crate) fn replace_in_image_order(&mut self) {
        let mut same = Self::new(self.lg, self.lg_max);
        let slots: Vec<usize> = self.image_order().collect();
        for slot in slots {
            same.place(self.hashes[slot], std::mem::take(&mut self.keys[slot]), self.counts[slot]);
        }
        *self = same;
    }

    /// Takes the median of a sample from every counter and drops those that reach 0.
    fn purge(&mut self) -> u64 {
        let mut sample: Vec<u64> = (0..self.probes.len())
            .filter(|&slot| self.probes[slot] != 0)
            .map(|slot| self.counts[slot])
            .take(SAMPLE)
            .collect();
        let middle = sample.len() / 2;
        let (_, &mut median, _) = sample.select_nth_unstable(middle);
        // From the back of each cluster to its front, so that what a removal moves up has been reduced already. The cluster that
        // wraps around the end comes last. At most three quarters are in use, so a free slot exists.
        let free = self.probes.iter().rposition(|&probe| probe == 0).unwrap_or(0);
        for slot in (0..free).rev().chain((free..self.probes.len()).rev()) {
            if self.probes[slot] == 0 {
                continue;
            }
            match self.counts[slot].checked_sub(median) {
                None | Some(0) => self.remove(slot),
                Some(rest) => self.counts[slot] = rest,
            }
        }
        median
    }

    /// Frees a slot and moves up what could not lie there before.
    fn remove(&mut self, slot: usize) {
        let mask = self.probes.len() - 1;
        self.probes[slot] = 0;
        self.keys[slot] = Box::default();
        self.active -= 1;
        let mut hole = slot;
        let mut distance = 1;
        let mut next = (slot + 1) & mask;
        while self.probes[next] != 0 {
            if self.probes[next] > distance {
                self.probes[hole] = self.probes[next] - distance;
                self.hashes[hole] = self.hashes[next];
                self.counts[hole] = self.counts[next];
                self.keys[hole] = std::mem::take(&mut self.keys[next]);
                self.probes[next] = 0;
                hole = next;
                distance = 0;
            }
            next = (next + 1) & mask;
            distance += 1;
        }
    }

    /// All items with hash and count, in the order in which an image lists them.
    pub(crate) fn items(&self) -> impl Iterator<Item = (u64, &str, u64)> {
        self.image_order().map(|slot| (self.hashes[slot], &*self.keys[slot], self.counts[slot]))
    }

    /// Occupied slots, from the first one on in steps of about the golden section of the table.
    fn image_order(&self) -> impl Iterator<Item = usize> {
        const GOLDEN_SECTION: f64 = 0.618_033_988_749_894_9;
        let slots = self.probes.len();
        let step = (slots as f64 * GOLDEN_SECTION) as usize | 1;
        let first = self.probes.iter().position(|&probe| probe != 0).unwrap_or(0);
        (0..slots).map(move |i| (first + i * step) & (slots - 1)).filter(|&slot| self.probes[slot] != 0)
    }
}
