//! Action classes: actions that all `Action` and `NotAction` elements answer alike are one class.
//!
//! Whatever is kept for each class (bits of an element, masks and rows of an index) is kept for a few classes then, not for the
//! hundreds of names that services have.

/// The class of each *member*: a known name, or the unknown names with one prefix. Exact: members are compared by their answers,
/// not by hashes of them.
#[derive(Debug, Default)]
pub(super) struct Classes {
    of_members: Vec<u32>,
    /// The first member of each class, ascending.
    first_members: Vec<u32>,
}

impl Classes {
    /// Splits members until no element tells those of one class apart. `exceptions` are, for each element, the members about which
    /// it says other than its default, each once. Takes as long as there are exceptions.
    pub(super) fn of<'s>(member_count: usize, exceptions: impl Iterator<Item = &'s [u32]>) -> Classes {
        let mut of_members = vec![0_u32; member_count];
        let mut sizes = vec![member_count as u32];
        // Of each class: how many of its members the running element excepts, and the class that these become.
        let mut excepted = vec![0_u32];
        let mut successors = vec![None];
        for members in exceptions {
            let touched: Vec<u32> = members.iter().map(|&member| of_members[member as usize]).collect();
            touched.iter().for_each(|&class| excepted[class as usize] += 1);
            for (&member, &class) in members.iter().zip(&touched) {
                if excepted[class as usize] == sizes[class as usize] {
                    continue;
                }
                let successor = *successors[class as usize].get_or_insert_with(|| {
                    sizes.push(0);
                    sizes.len() as u32 - 1
                });
                of_members[member as usize] = successor;
            }
            excepted.resize(sizes.len(), 0);
            successors.resize(sizes.len(), None);
            for class in touched {
                let count = std::mem::take(&mut excepted[class as usize]);
                if let Some(successor) = successors[class as usize].take() {
                    sizes[class as usize] -= count;
                    sizes[successor as usize] = count;
                }
            }
        }
        Classes::numbered(of_members)
    }

    /// Numbers classes in the order of their first members.
    fn numbered(mut of_members: Vec<u32>) -> Classes {
        let mut numbers = vec![None; of_members.len()];
        let mut first_members = Vec::new();
        for (member, class) in (0..).zip(&mut of_members) {
            *class = *numbers[*class as usize].get_or_insert_with(|| {
                first_members.push(member);
                first_members.len() as u32 - 1
            });
        }
        Classes { of_members, first_members }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.first_members.len() as u32
    }

    /// The class of a member.
    pub(super) fn of_member(&self, member: u32) -> u32 {
        self.of_members[member as usize]
    }

    /// A member of a class; `None` if there is no such class.
    pub(super) fn first_member(&self, class: u32) -> Option<u32> {
        self.first_members.get(class as usize).copied()
    }

    /// The classes of members that are whole classes together, ascending, each once.
    pub(super) fn of_members(&self, members: &[u32]) -> Box<[u32]> {
        let mut classes: Vec<u32> = members.iter().map(|&member| self.of_member(member)).collect();
        classes.sort_unstable();
        classes.dedup();
        classes.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_of_one_class_if_every_element_answers_them_alike() {
        let elements: [&[u32]; 6] = [&[0, 1, 2, 3], &[2, 3], &[], &[4, 5, 6, 7], &[7, 1], &[0, 1, 2, 3, 4, 5, 6, 7, 8]];
        let classes = Classes::of(9, elements.into_iter());
        let answers = |member: u32| elements.map(|excepted| excepted.contains(&member));
        for a in 0..9 {
            for b in 0..9 {
                assert_eq!(classes.of_member(a) == classes.of_member(b), answers(a) == answers(b), "{a} {b}");
            }
        }
        assert_eq!((0..9).map(|member| classes.of_member(member)).collect::<Vec<_>>(), [0, 1, 2, 2, 3, 3, 3, 4, 5]);
        assert_eq!(classes.count(), 6);
        assert_eq!((classes.first_member(3), classes.first_member(6)), (Some(4), None));
        assert_eq!(*classes.of_members(&[2, 3, 1]), [1, 2]);
    }

    #[test]
    fn without_elements_all_are_one() {
        let classes = Classes::of(3, std::iter::empty());
        assert_eq!((classes.count(), classes.of_member(2)), (1, 0));
        assert_eq!(Classes::of(0, std::iter::empty()).count(), 0);
    }
}
