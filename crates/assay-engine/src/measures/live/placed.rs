//! Where rows belong: their window, their segment in each segmentation, their label.

/// The window of a row that is counted nowhere: filtered away, or outside all windows.
pub(crate) const NOWHERE: u16 = u16::MAX;
/// The label of a row that has none.
pub(crate) const NO_LABEL: i32 = i32::MIN;

/// Where the rows of a block or row group belong.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    pub(crate) rows: usize,
    /// The window of each row; `None`: all are in the first.
    pub(crate) windows: Option<Vec<u16>>,
    /// For each segmentation the segment of each row.
    pub(crate) segments: Vec<Vec<u16>>,
    /// The label of each row, as an integer (see `LabelSums`); `None`: not wanted.
    pub(crate) labels: Option<Vec<i32>>,
}

/// Some consecutive rows of a file and where they belong.
#[derive(Debug)]
pub(crate) struct Here<'a> {
    pub(crate) rows: usize,
    pub(crate) windows: Option<&'a [u16]>,
    pub(crate) segments: Vec<&'a [u16]>,
    pub(crate) labels: Option<&'a [i32]>,
    /// Hash of the file's name.
    pub(crate) file: u64,
    /// The first row's number in its file.
    pub(crate) first_row: u64,
}

impl Placed {
    /// Adds the rows that follow.
    pub(crate) fn append(&mut self, more: Placed) {
        if self.rows == 0 {
            *self = more;
            return;
        }
        self.rows += more.rows;
        if let (Some(all), Some(more)) = (&mut self.windows, more.windows) {
            all.extend(more);
        }
        for (all, more) in self.segments.iter_mut().zip(more.segments) {
            all.extend(more);
        }
        if let (Some(all), Some(more)) = (&mut self.labels, more.labels) {
            all.extend(more);
        }
    }

    /// Some of the rows.
    pub(crate) fn here(&self, from: usize, rows: usize, file: u64, first_row: u64) -> Here<'_> {
        let range = from..from + rows;
        Here {
            rows,
            windows: self.windows.as_ref().map(|all| &all[range.clone()]),
            segments: self.segments.iter().map(|all| &all[range.clone()]).collect(),
            labels: self.labels.as_ref().map(|all| &all[range]),
            file,
            first_row,
        }
    }
}

impl<'a> Here<'a> {
    /// The window of all rows, where it is one; beyond all windows where they are counted nowhere.
    pub(crate) fn one_window(&self) -> Option<usize> {
        let Some(windows) = self.windows else { return Some(0) };
        let first = windows.first()?;
        let same = windows.iter().fold(true, |same, window| same & (window == first));
        same.then_some(usize::from(*first))
    }

    /// Rows that all belong to the first window, without segments.
    pub(crate) fn whole(rows: usize, file: u64, first_row: u64) -> Self {
        Here { rows, windows: None, segments: Vec::new(), labels: None, file, first_row }
    }
}

/// Rows sorted by group, in reused memory.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    order: Vec<u32>,
    starts: Vec<u32>,
    groups: Vec<u32>,
    /// The groups that occur, ascending.
    found: Vec<u32>,
}

/// How the rows of a block fall into groups.
pub(crate) enum Split {
    /// All into one.
    One(usize),
    /// Into several, see [`Groups::each`]; or none.
    Several,
}

impl Groups {
    /// Finds the rows of each group. `group` gives the group of a row, `None` for rows of none.
    pub(crate) fn split(&mut self, rows: usize, n_groups: usize, group: impl Fn(usize) -> Option<usize>) -> Split {
        const NONE: u32 = u32::MAX;
        self.groups.clear();
        self.groups.extend((0..rows).map(|row| group(row).map_or(NONE, |group| group as u32)));
        if let Some(first) = self.groups.first().filter(|first| **first != NONE)
            && self.groups.iter().all(|group| group == first)
        {
            return Split::One(*first as usize);
        }
        // rows by group, counted and laid out one group after the other
        self.starts.clear();
        self.starts.resize(n_groups + 1, 0);
        self.found.clear();
        for group in self.groups.iter().filter(|group| **group != NONE) {
            self.starts[*group as usize + 1] += 1;
        }
        for group in 0..n_groups {
            if self.starts[group + 1] > 0 {
                self.found.push(group as u32);
            }
            self.starts[group + 1] += self.starts[group];
        }
        self.order.clear();
        self.order.resize(self.starts[n_groups] as usize, 0);
        let mut next = self.starts.clone();
        for (row, group) in self.groups.iter().enumerate().filter(|(_, group)| **group != NONE) {
            let at = &mut next[*group as usize];
            self.order[*at as usize] = row as u32;
            *at += 1;
        }
        Split::Several
    }

    /// Each group with its rows, after [`Split::Several`].
    pub(crate) fn each(&self) -> impl Iterator<Item = (usize, &[u32])> {
        self.found.iter().map(|group| {
            let group = *group as usize;
            (group, &self.order[self.starts[group] as usize..self.starts[group + 1] as usize])
        })
    }
}
