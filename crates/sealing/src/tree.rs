//! The Merkle tree of RFC 9162, section 2.1: hashes, a tree that grows at its right edge, and proofs.

use sha2::{Digest as _, Sha256};

/// A SHA-256.
pub type Hash = [u8; 32];

/// The hash of a leaf: a byte 0 before what it holds, so that no leaf can pass for a node.
pub fn leaf_hash(content: &[u8]) -> Hash {
    let mut hash = Sha256::new_with_prefix([0]);
    hash.update(content);
    hash.finalize().into()
}

/// The hash of two subtrees side by side: a byte 1 before them.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new_with_prefix([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// A tree without its inside: the roots of its whole subtrees, largest first. That is all that is
/// needed to add leaves, and at most 64 hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    peaks: Vec<Hash>,
}

impl Edge {
    /// A tree of so many leaves from its peaks, one hash after the other; `None` when there are not as
    /// many as the size asks for.
    pub fn from_bytes(size: u64, peaks: &[u8]) -> Option<Self> {
        let (hashes, rest) = peaks.as_chunks::<32>();
        (rest.is_empty() && hashes.len() == size.count_ones() as usize)
            .then(|| Self { size, peaks: hashes.to_vec() })
    }

    /// The peaks, one hash after the other.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.peaks.concat()
    }

    /// How many leaves there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds the hash of a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            // There is a peak for each bit of the size.
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root; that of no leaf is the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Sha256::digest([]).into() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// The root over hashes of leaves.
pub fn root(leaves: &[Hash]) -> Hash {
    let mut edge = Edge::default();
    for leaf in leaves {
        edge.push(*leaf);
    }
    edge.root()
}

/// Where a tree of two leaves or more is parted: the largest power of two below its size.
const fn split(size: usize) -> usize {
    1 << (size - 1).ilog2()
}

/// The hashes that lead from a leaf to the root (2.1.3.1). `None` when there is no such leaf.
pub fn inclusion_path(leaves: &[Hash], leaf: usize) -> Option<Vec<Hash>> {
    if leaf >= leaves.len() {
        return None;
    }
    let (mut from, mut to, mut path) = (0, leaves.len(), Vec::new());
    while to - from > 1 {
        let middle = from + split(to - from);
        if leaf < middle {
            path.push(root(&leaves[middle..to]));
            to = middle;
        } else {
            path.push(root(&leaves[from..middle]));
            from = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// Whether a leaf stands at its place in the tree with this root (2.1.3.2).
pub fn is_included(leaf: u64, hash: Hash, size: u64, of: &Hash, path: &[Hash]) -> bool {
    if leaf >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (leaf, size - 1, hash);
    for step in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(step, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, step);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *of
}

/// The hashes that show that the tree of the first `from` leaves begins this one (2.1.4.1). `None`
/// when it has no leaf, or more of them.
pub fn consistency_path(leaves: &[Hash], from: usize) -> Option<Vec<Hash>> {
    if from == 0 || from > leaves.len() {
        return None;
    }
    let (mut begin, mut end, mut known, mut path) = (0, leaves.len(), true, Vec::new());
    let mut from = from;
    // What remains of the first tree lies in begin..end; it is known while it is the first tree itself.
    while from != end - begin {
        let middle = split(end - begin);
        if from <= middle {
            path.push(root(&leaves[begin + middle..end]));
            end = begin + middle;
        } else {
            path.push(root(&leaves[begin..begin + middle]));
            begin += middle;
            from -= middle;
            known = false;
        }
    }
    if !known {
        path.push(root(&leaves[begin..end]));
    }
    path.reverse();
    Some(path)
}

/// Whether one tree begins another (2.1.4.2).
pub fn is_consistent(from: u64, first: &Hash, to: u64, second: &Hash, path: &[Hash]) -> bool {
    if from == 0 || from > to {
        return false;
    }
    if from == to {
        return path.is_empty() && first == second;
    }
    let mut steps = path.iter();
    let begin = if from.is_power_of_two() { Some(first) } else { steps.next() };
    let Some(begin) = begin else { return false };
    let (mut at, mut last) = (from - 1, to - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut one, mut two) = (*begin, *begin);
    for step in steps {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            one = node_hash(step, &one);
            two = node_hash(step, &two);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            two = node_hash(&two, step);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && one == *first && two == *second
}

#[cfg(test)]
mod tests {
    use hex::FromHex as _;
    use proptest::prelude::*;

    use super::*;

    /// The leaves and roots by which implementations of Certificate Transparency (RFC 6962 and 9162)
    /// check themselves.
    const LEAVES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    /// Paths of inclusion: leaf, size, hashes.
    const INCLUDED: [(usize, usize, &[&str]); 4] = [
        (
            0,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            1,
            5,
            &[
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    /// Paths of consistency: from, to, hashes.
    const CONSISTENT: [(usize, usize, &[&str]); 3] = [
        (
            1,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];

    fn known() -> Vec<Hash> {
        LEAVES.iter().map(|leaf| leaf_hash(leaf)).collect()
    }

    fn hashes(of: &[&str]) -> Vec<Hash> {
        of.iter().map(|text| Hash::from_hex(text).unwrap()).collect()
    }

    #[test]
    fn roots_and_paths_are_those_of_certificate_transparency() {
        let leaves = known();
        for (size, expected) in ROOTS.iter().enumerate() {
            assert_eq!(hex::encode(root(&leaves[..size])), *expected, "{size}");
        }
        for (leaf, size, path) in INCLUDED {
            let of = &leaves[..size];
            assert_eq!(inclusion_path(of, leaf).unwrap(), hashes(path), "{leaf} of {size}");
            assert!(is_included(leaf as u64, leaves[leaf], size as u64, &root(of), &hashes(path)));
        }
        for (from, to, path) in CONSISTENT {
            let of = &leaves[..to];
            assert_eq!(consistency_path(of, from).unwrap(), hashes(path), "{from} to {to}");
            let (first, second) = (root(&of[..from]), root(of));
            assert!(is_consistent(from as u64, &first, to as u64, &second, &hashes(path)));
        }
    }

    /// The definition of 2.1.1, word for word.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            more => {
                let (left, right) = more.split_at(split(more.len()));
                node_hash(&by_definition(left), &by_definition(right))
            }
        }
    }

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    #[test]
    fn a_growing_tree_has_the_root_of_the_definition_and_reads_back() {
        let leaves = leaves(300);
        let mut edge = Edge::default();
        for size in 0..=leaves.len() {
            assert_eq!(edge.root(), by_definition(&leaves[..size]), "{size}");
            edge = Edge::from_bytes(edge.size(), &edge.to_bytes()).unwrap();
            if let Some(leaf) = leaves.get(size) {
                edge.push(*leaf);
            }
        }
        assert_eq!(Edge::from_bytes(3, &[0; 32]), None);
        assert_eq!(Edge::from_bytes(2, &[0; 33]), None);
    }

    proptest! {
        #[test]
        fn a_path_shows_its_leaf_and_no_other(size in 1_usize..200, leaf in 0_usize..200, flip in any::<(u8, u8)>()) {
            let leaf = leaf % size;
            let leaves = leaves(size);
            let path = inclusion_path(&leaves, leaf).unwrap();
            let of = root(&leaves);
            let shown = |leaf: usize, hash, path: &[Hash]| is_included(leaf as u64, hash, size as u64, &of, path);
            prop_assert!(shown(leaf, leaves[leaf], &path));
            for other in (0..size).filter(|other| *other != leaf) {
                prop_assert!(!shown(other, leaves[leaf], &path));
                prop_assert!(!shown(leaf, leaves[other], &path));
            }
            let mut wrong = path.clone();
            if !wrong.is_empty() {
                let at = flip.0 as usize % wrong.len();
                wrong[at][flip.1 as usize % 32] ^= 1;
                prop_assert!(!shown(leaf, leaves[leaf], &wrong));
                prop_assert!(!shown(leaf, leaves[leaf], &path[1..]));
            }
            let mut longer = path;
            longer.push(of);
            prop_assert!(!shown(leaf, leaves[leaf], &longer));
        }

        #[test]
        fn a_tree_begins_every_later_one_and_no_other(from in 1_usize..150, more in 0_usize..150, changed in any::<usize>()) {
            let leaves = leaves(from + more);
            let path = consistency_path(&leaves, from).unwrap();
            let (first, second) = (root(&leaves[..from]), root(&leaves));
            let (small, large) = (from as u64, (from + more) as u64);
            prop_assert!(is_consistent(small, &first, large, &second, &path));
            let mut other = leaves.clone();
            other[changed % from] = leaf_hash(b"another");
            let rewritten = consistency_path(&other, from).unwrap();
            prop_assert!(!is_consistent(small, &first, large, &root(&other), &rewritten));
            prop_assert!(!is_consistent(small, &first, large, &root(&other), &path));
        }
    }
}
