"""From two states to ordered steps. Pure, and no kind is named here."""
