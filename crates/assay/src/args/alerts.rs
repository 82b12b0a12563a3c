//! `assay rules`, `assay alert`, `assay incidents`, `assay silence`, `assay outbox`.

use clap::{Args as ClapArgs, Subcommand};

const RULES_EXAMPLES: &str = "\
Examples:
  assay rules check
  assay rules explain 'contract=gold.revenue,severity=fail,layer=gold'
  assay rules explain --incident 12

Rules are the files below `rules/` (`paths.rules` of assay.yaml): who is told of what, when, and when not.";

#[derive(Debug, Subcommand)]
#[command(after_help = RULES_EXAMPLES)]
pub(crate) enum RulesCommand {
    /// Read the rules and what they name; show the routes with their times
    Check(RulesCheckArgs),
    /// Say who would be told of an incident, why, and when
    Explain(RulesExplainArgs),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay rules check
  assay rules check --format json

Connections and secrets that rules name are read, too; nothing is sent.
Exit codes: 0 the rules are valid (warnings allowed), 2 they are not.")]
pub(crate) struct RulesCheckArgs {
    /// For people or for machines
    #[arg(long, default_value = "text", value_parser = ["text", "json"], value_name = "FORMAT")]
    pub format: String,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay rules explain 'contract=gold.revenue,severity=fail,layer=gold'
  assay rules explain --incident 12                              one of the store, with silences and inhibitions
  assay rules explain --incident 12 --at 2026-11-21T23:30:00Z    as it would be at that time
  assay rules explain 'monitor=fare_eta,layer=models,tag=pii,tag=eu'

Labels: contract or monitor, check, column, segment, layer, owner, severity (warn, fail), outcome, tag, model.")]
pub(crate) struct RulesExplainArgs {
    /// Labels of an incident, separated by commas: `contract=gold.revenue,severity=fail`
    #[arg(required_unless_present = "incident", conflicts_with = "incident")]
    pub labels: Option<String>,

    /// An incident of the store, by its number
    #[arg(long, value_name = "NUMBER")]
    pub incident: Option<u64>,

    /// As at this time: a date, or RFC 3339 with an offset [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,

    /// For people or for machines
    #[arg(long, default_value = "text", value_parser = ["text", "json"], value_name = "FORMAT")]
    pub format: String,
}

const ALERT_EXAMPLES: &str = "\
Examples:
  assay alert test ops-mail                          one receiver
  assay alert test 'contract=gold.revenue,severity=fail,layer=gold'
                                                     every receiver that such an incident reaches";

#[derive(Debug, Subcommand)]
#[command(after_help = ALERT_EXAMPLES)]
pub(crate) enum AlertCommand {
    /// Send a test notification now, and say what came of it
    Test(AlertTestArgs),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay alert test ops-mail                          one receiver
  assay alert test 'contract=gold.revenue,severity=fail,layer=gold'
                                                     every receiver that such an incident reaches

What is sent says that it is a test. Nothing is written into the store, and nothing is tried twice.
Exit codes: 0 all of it arrived, 2 the rules or the labels are invalid, 3 something did not arrive.")]
pub(crate) struct AlertTestArgs {
    /// A receiver's name, or labels of an incident: `contract=gold.revenue,severity=fail`
    #[arg(value_name = "RECEIVER|LABELS")]
    pub to: String,

    /// For people or for machines
    #[arg(long, default_value = "text", value_parser = ["text", "json"], value_name = "FORMAT")]
    pub format: String,
}

const INCIDENTS_EXAMPLES: &str = "\
Examples:
  assay incidents                                   what is not over
  assay incidents list 'layer=gold' --state open    open ones of a layer
  assay incidents show 12                           one, with all that happened to it and who was told
  assay incidents ack 12 --note 'the supplier knows'

Acknowledged incidents are not repeated until they are over or worse.";

#[derive(Debug, ClapArgs)]
#[command(after_help = INCIDENTS_EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct IncidentsArgs {
    #[command(subcommand)]
    pub command: Option<IncidentsCommand>,

    #[command(flatten)]
    pub list: ListIncidentsArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IncidentsCommand {
    /// List incidents, newest first
    List(ListIncidentsArgs),
    /// Show one, with all that happened to it and who was told
    Show(ShowIncidentArgs),
    /// Say that somebody looks after one
    Ack(AckIncidentArgs),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay incidents list
  assay incidents list --state resolved --document gold.revenue
  assay incidents list 'layer=gold,severity=fail' --format json")]
pub(crate) struct ListIncidentsArgs {
    /// Only those whose labels match: `layer=gold,owner=~\".*@shop.example\"`
    pub matchers: Option<String>,

    /// `pending`, `open`, `acknowledged`, `resolved`, separated by commas [default: all that are not resolved]
    #[arg(long, value_name = "STATES", value_delimiter = ',')]
    pub state: Vec<String>,

    /// Only of this table or monitor
    #[arg(long, value_name = "NAME")]
    pub document: Option<String>,

    /// Only of this owner
    #[arg(long, value_name = "OWNER")]
    pub owner: Option<String>,

    /// So many at most
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,

    /// For people or for machines
    #[arg(long, default_value = "text", value_parser = ["text", "json"], value_name = "FORMAT")]
    pub format: String,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay incidents show 12
  assay incidents show 12 --format json")]
pub(crate) struct ShowIncidentArgs {
    /// Its number
    pub number: u64,

    /// For people or for machines
    #[arg(long, default_value = "text", value_parser = ["text", "json"], value_name = "FORMAT")]
    pub format: String,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay incidents ack 12
  assay incidents ack 12 --by ada --note 'the supplier knows'")]
pub(crate) struct AckIncidentArgs {
    /// Its number
    pub number: u64,

    /// Who looks after it [default: the user's name, from the environment]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,

    /// What is known of it
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

const SILENCE_EXAMPLES: &str = "\
Examples:
  assay silence add 'contract=silver.orders' --for 4h --comment 'the supplier repairs it'
  assay silence add 'layer=gold,check=freshness' --until 2026-11-24T08:00:00+01:00
  assay silence list
  assay silence end s-3f9a01c2d4e5

Nobody is told of incidents that match while a silence is in force. They stay visible, and who is still open at its
end is told then.";

#[derive(Debug, Subcommand)]
#[command(after_help = SILENCE_EXAMPLES)]
pub(crate) enum SilenceCommand {
    /// Do not tell of incidents that match, for a while
    Add(AddSilenceArgs),
    /// List silences, newest first
    List(ListSilencesArgs),
    /// End a silence before its time
    End(EndSilenceArgs),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay silence add 'contract=silver.orders' --for 4h --comment 'the supplier repairs it'
  assay silence add 'layer=gold,check=freshness' --until 2026-11-24T08:00:00+01:00
  assay silence add 'owner=~\".*@shop.example\",severity=warn' --for 2d --by ada

Matchers: LABEL=VALUE, `!=`, `=~` and `!~` with a regular expression for the whole value. All of them must match.
A silence that would match everything is refused.")]
pub(crate) struct AddSilenceArgs {
    /// What is silenced, separated by commas
    pub matchers: String,

    /// For how long: `30m`, `4h`, `2d`
    #[arg(long = "for", value_name = "DURATION", required_unless_present = "until", conflicts_with = "until")]
    pub lasts: Option<String>,

    /// Until when: a date, or RFC 3339 with an offset
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,

    /// Why
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub comment: String,

    /// Who silences [default: the user's name, from the environment]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay silence list
  assay silence list --ended --format json")]
pub(crate) struct ListSilencesArgs {
    /// Those that have ended, too
    #[arg(long)]
    pub ended: bool,

    /// For people or for machines
    #[arg(long, default_value = "text", value_parser = ["text", "json"], value_name = "FORMAT")]
    pub format: String,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example:
  assay silence end s-3f9a01c2d4e5")]
pub(crate) struct EndSilenceArgs {
    /// Its id, as `assay silence list` shows it
    pub id: String,

    /// Who ends it [default: the user's name, from the environment]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
}

const OUTBOX_EXAMPLES: &str = "\
Examples:
  assay outbox list                        what waits and what was given up
  assay outbox show MESSAGE                one message: what it says, and what came of each try
  assay outbox retry --receiver ops-mail   try again now what did not reach a receiver
  assay outbox drop MESSAGE                give a message up

Messages are delivered by the daemon, each receiver's in their order.";

#[derive(Debug, Subcommand)]
#[command(after_help = OUTBOX_EXAMPLES)]
pub(crate) enum OutboxCommand {
    /// List messages, oldest first
    List(ListOutboxArgs),
    /// Show one message
    Show(ShowOutboxArgs),
    /// Let messages that did not arrive be tried again, now
    Retry(RetryOutboxArgs),
    /// Give messages up that wait
    Drop(DropOutboxArgs),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay outbox list
  assay outbox list --state dead --receiver ops-mail
  assay outbox list --state delivered --incident 12 --format json")]
pub(crate) struct ListOutboxArgs {
    /// `waiting`, `delivered`, `dead`, separated by commas [default: waiting, dead]
    #[arg(long, value_name = "STATES", value_delimiter = ',')]
    pub state: Vec<String>,

    /// Only to this receiver
    #[arg(long, value_name = "NAME")]
    pub receiver: Option<String>,

    /// Only those that tell of this incident
    #[arg(long, value_name = "NUMBER")]
    pub incident: Option<u64>,

    /// So many at most
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,

    /// For people or for machines
    #[arg(long, default_value = "text", value_parser = ["text", "json"], value_name = "FORMAT")]
    pub format: String,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay outbox show MESSAGE
  assay outbox show MESSAGE --format json    with all of what it says")]
pub(crate) struct ShowOutboxArgs {
    /// Its id, as `assay outbox list` shows it
    pub id: String,

    /// For people or for machines
    #[arg(long, default_value = "text", value_parser = ["text", "json"], value_name = "FORMAT")]
    pub format: String,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay outbox retry MESSAGE MESSAGE       these
  assay outbox retry --receiver ops-mail   all that did not reach a receiver, given up or waiting for their next try
  assay outbox retry --all-dead            all that were given up

They are tried as if for the first time. A receiver that wanted nothing any more (410) is asked again.")]
#[group(id = "retried", required = true, multiple = false)]
pub(crate) struct RetryOutboxArgs {
    /// Messages by id
    pub ids: Vec<String>,

    /// All to this receiver that did not arrive
    #[arg(long, value_name = "NAME")]
    pub receiver: Option<String>,

    /// All that were given up
    #[arg(long)]
    pub all_dead: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay outbox drop MESSAGE               this one
  assay outbox drop --receiver old-hook   all that wait for a receiver

They are kept as given up (`dropped`) for as long as retention says; `assay outbox retry` takes that back.")]
#[group(id = "dropped", required = true, multiple = false)]
pub(crate) struct DropOutboxArgs {
    /// Messages by id
    pub ids: Vec<String>,

    /// All that wait for this receiver
    #[arg(long, value_name = "NAME")]
    pub receiver: Option<String>,
}
