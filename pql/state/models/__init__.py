"""The tables of the state store, one file a subject. `ALL_MODELS` names every one of them."""

from pql.state.models.accounts import Account, AccountFact
from pql.state.models.analyses import Analysis
from pql.state.models.benchmarks import BenchmarkDocument, BenchmarkRow, BenchmarkVersion
from pql.state.models.billing import BillingCustomer, BillingEvent
from pql.state.models.contacts import Contact, ContactAccount, Identity
from pql.state.models.definitions import DefinitionVersion
from pql.state.models.fitted import FittedModel, FittedScore
from pql.state.models.identity import ContactMerge, IdentityReview
from pql.state.models.intake import (
    IntakeCount,
    JournalEntry,
    LoadAttempt,
    QuarantinedEvent,
    RecentEvent,
    StagedBatch,
)
from pql.state.models.jobs import Change, JobRun, Lease
from pql.state.models.leads import Lead, LeadMove
from pql.state.models.plans import PlanVersion, PlanViolation
from pql.state.models.standings import Evaluation, Standing
from pql.state.models.stores import StoreRecord
from pql.state.models.workspaces import ApiKey, BrowserSession, Workspace

ALL_MODELS = (
    Account,
    AccountFact,
    Analysis,
    ApiKey,
    BenchmarkDocument,
    BenchmarkRow,
    BenchmarkVersion,
    BillingCustomer,
    BillingEvent,
    BrowserSession,
    Change,
    Contact,
    ContactAccount,
    ContactMerge,
    DefinitionVersion,
    Evaluation,
    FittedModel,
    FittedScore,
    Identity,
    IdentityReview,
    IntakeCount,
    JobRun,
    JournalEntry,
    Lead,
    LeadMove,
    Lease,
    PlanVersion,
    PlanViolation,
    QuarantinedEvent,
    RecentEvent,
    StagedBatch,
    Standing,
    StoreRecord,
    Workspace,
)

__all__ = [
    "ALL_MODELS",
    "Account",
    "AccountFact",
    "Analysis",
    "ApiKey",
    "BenchmarkDocument",
    "BenchmarkRow",
    "BenchmarkVersion",
    "BillingCustomer",
    "BillingEvent",
    "BrowserSession",
    "Change",
    "Contact",
    "ContactAccount",
    "ContactMerge",
    "DefinitionVersion",
    "Evaluation",
    "FittedModel",
    "FittedScore",
    "Identity",
    "IdentityReview",
    "IntakeCount",
    "JobRun",
    "JournalEntry",
    "Lead",
    "LeadMove",
    "Lease",
    "LoadAttempt",
    "PlanVersion",
    "PlanViolation",
    "QuarantinedEvent",
    "RecentEvent",
    "StagedBatch",
    "Standing",
    "StoreRecord",
    "Workspace",
]
