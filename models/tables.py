"""Every table, imported so that the metadata is complete: for migrations and for tests of the whole schema."""

from __future__ import annotations

from models import (
    accounts,
    borrowers,
    casework,
    escalations,
    events,
    evidence_files,
    imports,
    interest_rates,
    jobs,
    limitation,
    loans,
    monthly_statements,
    notices,
    organisation,
    papers,
    rates,
    reconciliations,
    restores,
    returns,
    roster_matches,
    scans,
    standings,
    suspicions,
    wordings,
)
from models.database import Base

MODULES = (
    accounts,
    borrowers,
    casework,
    escalations,
    events,
    evidence_files,
    imports,
    interest_rates,
    jobs,
    limitation,
    loans,
    monthly_statements,
    notices,
    organisation,
    papers,
    rates,
    reconciliations,
    restores,
    returns,
    roster_matches,
    scans,
    standings,
    suspicions,
    wordings,
)
METADATA = Base.metadata
