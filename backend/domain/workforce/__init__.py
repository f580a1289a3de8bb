"""People: invitation, standing, agreements and signatures."""
