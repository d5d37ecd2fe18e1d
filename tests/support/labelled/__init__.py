"""Windows of traffic whose truth is known, waves of labels drawn from them, and what estimates of them are worth."""
