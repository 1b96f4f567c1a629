"""Every table, imported so that the metadata is complete: for migrations and for tests of the whole schema."""

from __future__ import annotations

from models import (
    accounts,
    borrowers,
    casework,
    escalations,
    events,
    imports,
    interest_rates,
    jobs,
    limitation,
    loans,
    monthly_statements,
    notices,
    organisation,
    rates,
    reconciliations,
    roster_matches,
    standings,
    suspicions,
)
from models.database import Base

MODULES = (
    accounts,
    borrowers,
    casework,
    escalations,
    events,
    imports,
    interest_rates,
    jobs,
    limitation,
    loans,
    monthly_statements,
    notices,
    organisation,
    rates,
    reconciliations,
    roster_matches,
    standings,
    suspicions,
)
METADATA = Base.metadata
