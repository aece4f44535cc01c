"""Places of customers and branches: real cities with their attributes.

Belongs here: geography as data. Does not: moves.
"""

from typing import NamedTuple


class Place(NamedTuple):
    """A city, its weight among customers, its level of pay and its hours behind UTC."""

    city: str
    state: str
    country: str
    region: str
    timezone: str
    utc_offset: int
    weight: float
    pay: float
    area_code: str


PLACES = (
    Place("New York", "NY", "US", "Northeast", "America/New_York", -5, 9.0, 1.25, "212"),
    Place("Buffalo", "NY", "US", "Northeast", "America/New_York", -5, 1.6, 0.92, "716"),
    Place("Boston", "MA", "US", "Northeast", "America/New_York", -5, 3.2, 1.22, "617"),
    Place("Philadelphia", "PA", "US", "Northeast", "America/New_York", -5, 3.4, 1.02, "215"),
    Place("Pittsburgh", "PA", "US", "Northeast", "America/New_York", -5, 1.8, 0.96, "412"),
    Place("Newark", "NJ", "US", "Northeast", "America/New_York", -5, 2.2, 1.08, "973"),
    Place("Chicago", "IL", "US", "Midwest", "America/Chicago", -6, 5.2, 1.06, "312"),
    Place("Detroit", "MI", "US", "Midwest", "America/Detroit", -5, 2.4, 0.90, "313"),
    Place("Columbus", "OH", "US", "Midwest", "America/New_York", -5, 2.4, 0.96, "614"),
    Place("Cleveland", "OH", "US", "Midwest", "America/New_York", -5, 1.8, 0.91, "216"),
    Place("Minneapolis", "MN", "US", "Midwest", "America/Chicago", -6, 2.2, 1.08, "612"),
    Place("Milwaukee", "WI", "US", "Midwest", "America/Chicago", -6, 1.6, 0.95, "414"),
    Place(
        "Indianapolis", "IN", "US", "Midwest", "America/Indiana/Indianapolis", -5, 2.0, 0.94, "317"
    ),
    Place("Kansas City", "MO", "US", "Midwest", "America/Chicago", -6, 1.6, 0.97, "816"),
    Place("Houston", "TX", "US", "South", "America/Chicago", -6, 4.6, 1.02, "713"),
    Place("Dallas", "TX", "US", "South", "America/Chicago", -6, 4.2, 1.05, "214"),
    Place("Austin", "TX", "US", "South", "America/Chicago", -6, 2.4, 1.12, "512"),
    Place("San Antonio", "TX", "US", "South", "America/Chicago", -6, 2.4, 0.90, "210"),
    Place("Miami", "FL", "US", "South", "America/New_York", -5, 3.6, 0.96, "305"),
    Place("Tampa", "FL", "US", "South", "America/New_York", -5, 2.2, 0.93, "813"),
    Place("Atlanta", "GA", "US", "South", "America/New_York", -5, 3.4, 1.03, "404"),
    Place("Charlotte", "NC", "US", "South", "America/New_York", -5, 2.2, 1.00, "704"),
    Place("Raleigh", "NC", "US", "South", "America/New_York", -5, 1.6, 1.05, "919"),
    Place("Nashville", "TN", "US", "South", "America/Chicago", -6, 1.6, 0.99, "615"),
    Place("New Orleans", "LA", "US", "South", "America/Chicago", -6, 1.3, 0.86, "504"),
    Place("Washington", "DC", "US", "South", "America/New_York", -5, 2.4, 1.28, "202"),
    Place("Los Angeles", "CA", "US", "West", "America/Los_Angeles", -8, 6.4, 1.16, "213"),
    Place("San Francisco", "CA", "US", "West", "America/Los_Angeles", -8, 3.4, 1.45, "415"),
    Place("San Diego", "CA", "US", "West", "America/Los_Angeles", -8, 2.4, 1.12, "619"),
    Place("Sacramento", "CA", "US", "West", "America/Los_Angeles", -8, 1.6, 1.03, "916"),
    Place("Seattle", "WA", "US", "West", "America/Los_Angeles", -8, 3.0, 1.28, "206"),
    Place("Portland", "OR", "US", "West", "America/Los_Angeles", -8, 1.8, 1.04, "503"),
    Place("Denver", "CO", "US", "West", "America/Denver", -7, 2.4, 1.10, "303"),
    Place("Phoenix", "AZ", "US", "West", "America/Phoenix", -7, 3.0, 0.97, "602"),
    Place("Las Vegas", "NV", "US", "West", "America/Los_Angeles", -8, 1.8, 0.92, "702"),
    Place("Salt Lake City", "UT", "US", "West", "America/Denver", -7, 1.4, 1.00, "801"),
    Place("London", "England", "GB", "Europe", "Europe/London", 0, 3.0, 1.15, "20"),
    Place("Manchester", "England", "GB", "Europe", "Europe/London", 0, 1.2, 0.90, "161"),
    Place("Edinburgh", "Scotland", "GB", "Europe", "Europe/London", 0, 0.8, 0.95, "131"),
    Place("Berlin", "Berlin", "DE", "Europe", "Europe/Berlin", 1, 1.5, 0.92, "30"),
    Place("Munich", "Bavaria", "DE", "Europe", "Europe/Berlin", 1, 1.1, 1.12, "89"),
    Place("Paris", "Île-de-France", "FR", "Europe", "Europe/Paris", 1, 1.8, 1.00, "1"),
    Place("Lyon", "Auvergne-Rhône-Alpes", "FR", "Europe", "Europe/Paris", 1, 0.7, 0.86, "4"),
    Place("Toronto", "ON", "CA", "Canada", "America/Toronto", -5, 2.2, 0.94, "416"),
    Place("Vancouver", "BC", "CA", "Canada", "America/Vancouver", -8, 1.2, 0.93, "604"),
    Place("Mexico City", "CDMX", "MX", "Latin America", "America/Mexico_City", -6, 1.6, 0.48, "55"),
    Place(
        "Monterrey", "Nuevo León", "MX", "Latin America", "America/Monterrey", -6, 0.8, 0.52, "81"
    ),
    Place("São Paulo", "SP", "BR", "Latin America", "America/Sao_Paulo", -3, 1.6, 0.46, "11"),
    Place("Rio de Janeiro", "RJ", "BR", "Latin America", "America/Sao_Paulo", -3, 0.8, 0.42, "21"),
)

COUNTRIES = ("US", "GB", "DE", "FR", "CA", "MX", "BR")
CURRENCIES = ("USD", "GBP", "EUR", "CAD", "MXN", "BRL")
COUNTRY_CURRENCY = {
    "US": "USD",
    "GB": "GBP",
    "DE": "EUR",
    "FR": "EUR",
    "CA": "CAD",
    "MX": "MXN",
    "BR": "BRL",
}
