use crate::request::Draft;
use crate::statement::Text;
use crate::{ACCOUNT, Answer, Operator, Random, RequestText, Statement, decide};

/// The statements of the workloads `flat` and `attached`: an endless list, of which the first `count` are used.
///
/// Statement i is a function of the seed and i, so a million of them need not be held to say what a request gets. Nineteen of
/// twenty allow one of eight groups of Image Builder actions on `TYPE/GLOB` when `imagebuilder:ResourceTag/team` is `team-i`,
/// half of those also when `aws:RequestTag/env` is one of three values, a quarter also when all `aws:TagKeys` are among five
/// keys. One of twenty denies, in turn ([`Denial`]).
#[derive(Debug, Clone)]
pub struct Population {
    seed: u64,
    count: usize,
    /// The distinct Denies that hold for every team and application.
    general_denials: Vec<Statement>,
}

/// What a Deny is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Denial {
    /// Deletion of a team's resources by others than admins.
    TeamDeletion,
    /// Changes of a team's locked resources.
    TeamLock,
    /// Deletion of an application by others than admins.
    ApplicationDeletion,
    /// Changes of any locked resource of a type.
    Lock,
}

/// What statement i is made of.
#[derive(Debug, Clone, Copy)]
struct Facts {
    denial: Option<Denial>,
    group: &'static Group,
    resource_type: &'static str,
    glob: Glob,
    /// The number in `team-i`.
    team: usize,
    /// The number in `app-i`.
    application: usize,
    first_env: Option<usize>,
    first_tag_key: Option<usize>,
}

#[derive(Debug)]
struct Group {
    patterns: &'static [&'static str],
    /// Actions that the patterns match.
    actions: &'static [&'static str],
}

#[derive(Debug, Clone, Copy)]
enum Glob {
    All,
    Application,
    Build,
    Stage,
}

impl Population {
    /// The first `count` statements under a seed.
    #[must_use]
    pub fn new(seed: u64, count: usize) -> Population {
        let mut population = Population { seed, count, general_denials: Vec::new() };
        for i in (0..count).skip(DENY_PLACE).step_by(BLOCK_SIZE) {
            if population.facts(i).denial == Some(Denial::Lock) && population.general_denials.len() < TYPES.len() {
                let statement = population.statement(i);
                if !population.general_denials.contains(&statement) {
                    population.general_denials.push(statement);
                }
            }
        }
        population
    }

    /// How many statements there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Statement number `i`.
    #[must_use]
    pub fn statement(&self, i: usize) -> Statement {
        let facts = self.facts(i);
        let resource = facts.resource_pattern();
        let team = || [format!("team-{}", facts.team)];
        if let Some(denial) = facts.denial {
            let deletion = Statement::deny(DELETION.patterns, resource.clone()).when(Operator::StringNotEquals, ROLE, ["admin"]);
            let locked = Statement::deny(CHANGES, resource).when(Operator::StringEquals, LOCKED, ["true"]);
            return match denial {
                Denial::TeamDeletion => deletion.when(Operator::StringEquals, TEAM, team()),
                Denial::TeamLock => locked.when(Operator::StringEquals, TEAM, team()),
                Denial::ApplicationDeletion => deletion,
                Denial::Lock => locked,
            };
        }
        let mut statement = Statement::allow(facts.group.patterns, resource).when(Operator::StringEquals, TEAM, team());
        if let Some(first) = facts.first_env {
            statement = statement.when(Operator::StringEquals, ENV, envs(first));
        }
        if let Some(first) = facts.first_tag_key {
            statement = statement.when(Operator::ForAllStringEquals, TAG_KEYS, tag_keys(first));
        }
        statement
    }

    /// Makes a request about statement `i` or its neighbours that is meant to get `goal`, and says what it gets.
    ///
    /// `own` are the statements that apply to the caller.
    pub(crate) fn request(&self, i: usize, goal: Answer, own: Own, random: &mut Random) -> (Draft, Answer) {
        let block = i - i % BLOCK_SIZE;
        let denial_place = block + DENY_PLACE;
        let i = if goal == Answer::ExplicitDeny && denial_place < self.count { denial_place } else { i };
        let mut draft = self.fitting_request(i, goal, random);
        if goal == Answer::ImplicitDeny {
            self.spoil(i, &mut draft, random);
        }
        let answer = draft.with_text(|request| self.answer(i, denial_place, own, request));
        (draft, answer)
    }

    /// What a request gets that is about statement `i`.
    ///
    /// No others name its team or its application than these: the statement, the Deny of its block, and the statement before
    /// that, whose team the Deny is about.
    fn answer(&self, i: usize, denial_place: usize, own: Own, request: &RequestText<'_>) -> Answer {
        let mut numbers = vec![i, denial_place, denial_place - 1];
        numbers.sort_unstable();
        numbers.dedup();
        let is_own = |i: usize| match own {
            Own::All => i < self.count,
            Own::Range(start, end) => (start..end).contains(&i),
        };
        let near: Vec<Statement> = numbers.into_iter().filter(|&i| is_own(i)).map(|i| self.statement(i)).collect();
        let general = if matches!(own, Own::All) { &self.general_denials[..] } else { &[] };
        decide(general.iter().chain(&near), request)
    }

    /// A request to which statement `i` applies, and a Deny only if that is meant.
    fn fitting_request(&self, i: usize, goal: Answer, random: &mut Random) -> Draft {
        let facts = self.facts(i);
        let is_denial = goal == Answer::ExplicitDeny;
        let action = match facts.denial {
            Some(Denial::TeamLock | Denial::Lock) => random.choose(&[DELETION.actions, UPDATE.actions].concat()),
            _ => random.choose(facts.group.actions),
        };
        let role = if is_denial { "developer" } else { random.choose(&["admin", "admin", "developer", "operator"]) };
        let mut draft = Draft::new(action, facts.resource(random));
        draft.push(TEAM, format!("team-{}", facts.team));
        if is_denial && matches!(facts.denial, Some(Denial::TeamLock | Denial::Lock)) {
            draft.push(LOCKED, "true");
        } else if random.once_in(3) {
            draft.push(LOCKED, "false");
        }
        draft.push(ROLE, role);
        if facts.first_env.is_some() || random.once_in(2) {
            let env = facts.first_env.unwrap_or_else(|| random.below(ENVS.len()));
            draft.push(ENV, random.choose(&envs(env)));
            let first_key = facts.first_tag_key.unwrap_or_else(|| random.below(KEYS.len()));
            let other = random.choose(&tag_keys(first_key));
            draft.push_list(TAG_KEYS, if other == "env" { vec!["env"] } else { vec!["env", other] });
        }
        draft.push("aws:SourceIp", format!("10.{}.{}.{}", random.below(256), random.below(256), 1 + random.below(254)));
        draft
    }

    /// Changes the request so that statement `i` no longer allows it.
    fn spoil(&self, i: usize, draft: &mut Draft, random: &mut Random) {
        let facts = self.facts(i);
        match random.below(5) {
            0 if facts.first_env.is_some() => draft.replace(ENV, "unheard-of"),
            1 if facts.first_tag_key.is_some() => draft.add_to_list(TAG_KEYS, "rogue"),
            2 => draft.action = "imagebuilder:ImportVmImage".to_owned(),
            3 => draft.resource = draft.resource.replace(&format!(":{}/", facts.resource_type), ":lifecycle-policy/"),
            _ => draft.replace(TEAM, format!("team-of-nobody-{}", random.below(1_000_000))),
        }
    }

    fn facts(&self, i: usize) -> Facts {
        let mut random = Random::at(self.seed, STATEMENTS, i as u64);
        let denials = [Denial::TeamDeletion, Denial::TeamLock, Denial::ApplicationDeletion, Denial::Lock];
        let denial = (i % BLOCK_SIZE == DENY_PLACE).then(|| denials[i / BLOCK_SIZE % denials.len()]);
        let group = if denial.is_some() { &DELETION } else { random.choose(&GROUPS) };
        let glob = match denial {
            Some(Denial::ApplicationDeletion) => Glob::Application,
            Some(Denial::Lock) => Glob::All,
            _ => random.choose(&[Glob::All, Glob::Application, Glob::Build, Glob::Stage]),
        };
        Facts {
            denial,
            group,
            resource_type: random.choose(&TYPES),
            glob,
            // A Deny is about the team of the statement before it.
            team: i - usize::from(denial.is_some()),
            application: i,
            first_env: random.once_in(2).then(|| random.below(ENVS.len())),
            first_tag_key: random.once_in(4).then(|| random.below(KEYS.len())),
        }
    }
}

/// Which statements apply to a caller.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Own {
    All,
    /// From and up to, not included; at most one block.
    Range(usize, usize),
}

impl Facts {
    fn resource_pattern(&self) -> String {
        let tail = match self.glob {
            Glob::All => "*".to_owned(),
            Glob::Application => format!("app-{}-*", self.application),
            Glob::Build => "app-*/1.0.*".to_owned(),
            Glob::Stage => "*/prod".to_owned(),
        };
        format!("{}{}/{tail}", arn_head(), self.resource_type)
    }

    fn resource(&self, random: &mut Random) -> String {
        let stage = match self.glob {
            Glob::Stage => "prod",
            _ => random.choose(&["prod", "test", "dev"]),
        };
        let build = random.below(10_000);
        format!("{}{}/app-{}-web/1.0.{build}/{stage}", arn_head(), self.resource_type, self.application)
    }
}

fn arn_head() -> String {
    format!("arn:aws:imagebuilder:us-east-1:{ACCOUNT}:")
}

/// Three values from `first` on.
fn envs(first: usize) -> Vec<&'static str> {
    (0..3).map(|step| ENVS[(first + step) % ENVS.len()]).collect()
}

/// Five keys: `env`, and four from `first` on.
fn tag_keys(first: usize) -> Vec<&'static str> {
    std::iter::once("env").chain((0..4).map(|step| KEYS[(first + step) % KEYS.len()])).collect()
}

pub(crate) const TEAM: &str = "imagebuilder:ResourceTag/team";
pub(crate) const LOCKED: &str = "imagebuilder:ResourceTag/locked";
pub(crate) const ROLE: &str = "aws:PrincipalTag/role";
pub(crate) const ENV: &str = "aws:RequestTag/env";
pub(crate) const TAG_KEYS: &str = "aws:TagKeys";

const TYPES: [&str; 8] = [
    "component",
    "container-recipe",
    "distribution-configuration",
    "image",
    "image-pipeline",
    "image-recipe",
    "infrastructure-configuration",
    "workflow",
];

const ENVS: [&str; 8] = ["dev", "test", "qa", "staging", "prod", "perf", "demo", "sandbox"];
const KEYS: [&str; 9] = ["team", "owner", "cost-center", "project", "stage", "tier", "service", "backup", "expires"];

static DELETION: Group = Group {
    patterns: &["imagebuilder:Delete*"],
    actions: &["imagebuilder:DeleteImage", "imagebuilder:DeleteComponent", "imagebuilder:DeleteWorkflow"],
};
static UPDATE: Group = Group {
    patterns: &["imagebuilder:Update*", "imagebuilder:PutImagePolicy"],
    actions: &["imagebuilder:UpdateImagePipeline", "imagebuilder:UpdateLifecyclePolicy", "imagebuilder:PutImagePolicy"],
};
const CHANGES: &[&str] = &["imagebuilder:Delete*", "imagebuilder:Update*", "imagebuilder:PutImagePolicy"];

static GROUPS: [&Group; 8] = [
    &Group {
        patterns: &["imagebuilder:GetImage", "imagebuilder:GetImagePolicy"],
        actions: &["imagebuilder:GetImage", "imagebuilder:GetImagePolicy"],
    },
    &Group {
        patterns: &["imagebuilder:Get*"],
        actions: &["imagebuilder:GetComponent", "imagebuilder:GetImagePipeline", "imagebuilder:GetWorkflow"],
    },
    &Group {
        patterns: &["imagebuilder:List*"],
        actions: &["imagebuilder:ListImages", "imagebuilder:ListComponents", "imagebuilder:ListTagsForResource"],
    },
    &Group {
        patterns: &["imagebuilder:StartImagePipelineExecution", "imagebuilder:CancelImageCreation"],
        actions: &["imagebuilder:StartImagePipelineExecution", "imagebuilder:CancelImageCreation"],
    },
    &Group {
        patterns: &["imagebuilder:Create*"],
        actions: &["imagebuilder:CreateImage", "imagebuilder:CreateComponent", "imagebuilder:CreateWorkflow"],
    },
    &UPDATE,
    &DELETION,
    &Group {
        patterns: &["imagebuilder:TagResource", "imagebuilder:UntagResource"],
        actions: &["imagebuilder:TagResource", "imagebuilder:UntagResource"],
    },
];

/// Statements that share a Deny.
pub(crate) const BLOCK_SIZE: usize = 20;
/// The place of the Deny in its block.
const DENY_PLACE: usize = 7;

/// Kind of random stream.
const STATEMENTS: u64 = 1;

/// Makes `count` distinct requests: half allowed, three tenths denied implicitly, two tenths explicitly, in random order.
///
/// `pick` names a statement, and which statements apply to the caller whom it gives.
pub(crate) fn draw_requests(
    population: &Population,
    seed: u64,
    count: usize,
    mut pick: impl FnMut(Answer, &mut Random) -> (usize, Own, Text),
) -> crate::RequestSet {
    let mut goals: Vec<Answer> = (0..count)
        .map(|r| match r % 10 {
            0..5 => Answer::Allow,
            5..8 => Answer::ImplicitDeny,
            _ => Answer::ExplicitDeny,
        })
        .collect();
    Random::at(seed, ORDER, 0).shuffle(&mut goals);
    let mut set = crate::RequestSet::default();
    for (r, goal) in goals.into_iter().enumerate() {
        let mut random = Random::at(seed, REQUESTS, r as u64);
        let mut attempts = (0..MAX_ATTEMPTS).map(|_| {
            let (i, own, principal) = pick(goal, &mut random);
            let (mut draft, answer) = population.request(i, goal, own, &mut random);
            draft.principal = principal;
            (draft, answer)
        });
        // A handful of statements may have no way to some goal; then the request gets what it gets.
        let mut drawn = attempts.next().expect("there is a first attempt");
        while drawn.1 != goal
            && let Some(next) = attempts.next()
        {
            drawn = next;
        }
        let (draft, answer) = drawn;
        draft.with_text(|request| set.push(request, Some(answer)));
    }
    set
}

const MAX_ATTEMPTS: usize = 100;
const ORDER: u64 = 2;
const REQUESTS: u64 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_say_what_all_statements_say() {
        for seed in 0..3 {
            let workload = crate::flat::workload(seed, 1_000, 300);
            let population = Population::new(seed, 1_000);
            let all: Vec<Statement> = (0..population.count()).map(|i| population.statement(i)).collect();
            workload.requests.with_texts(usize::MAX, |texts| {
                for (request, answer) in texts.iter().zip(workload.requests.answers()) {
                    assert_eq!(Some(decide(&all, request)), *answer, "{request:?}");
                }
            });
        }
    }

    #[test]
    fn half_of_the_requests_is_allowed_also_of_ten_statements() {
        for count in [10, 100, 10_000] {
            let answers = crate::flat::workload(1, count, 1_000).requests.answers().to_vec();
            let of = |wanted| answers.iter().filter(|&&answer| answer == Some(wanted)).count();
            assert_eq!([of(Answer::Allow), of(Answer::ImplicitDeny), of(Answer::ExplicitDeny)], [500, 300, 200], "{count}");
        }
    }
}
