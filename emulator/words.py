"""The words that made-up records are made of."""

# fmt: off
FIRST_NAMES = (
    "Ada Testwell", "Béla", "Chloé", "Dot", "Elif", "Fitz", "Grete", "Hal", "Inês", "Jools", "Kiki", "Léo", "Mimi",
    "Nils", "Öznur", "Pip", "Quill", "Rosa", "Søren", "Tuva", "Ulla", "Vera", "Wren", "Xóchitl", "Yara", "Zed",
    "健太", "花子", "Robin 🐘", "Sam O'Sample",
)
LAST_NAMES = (
    "Example", "Sample", "Placeholder", "Fixture", "Mockingbird", "Testerson", "Dummond", "Fauxley", "Nobody",
    "Specimen", "Stubbs", "Loremson", "Ipsumdóttir", "Pseudonym", "Anonym", "Quux", "Foobarić", "Bazinga-Beispiel",
    "Muster", "渡辺", "D'Exemple", "Van der Proef", "Šablona", "Ficticio", 'Tester "TT" Twin',
)
TIME_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "UTC")
NOTES = ("Met at the fair.", 'Says "call me later".', "Prefers email.\nNever on Mondays.", "Référence 🐘")
COMPANY_NAMES = (
    "Acme", "Examplia", "Widgetry", "Blåbær", "Null Island", "Foo & Bar", "Placehold", "Sampleton", "Mock", "東京",
    'Quote "Un"', "Ütopia", "Lorem", "Dolor", "Contoso-ish", "Fabricated",
)
COMPANY_FORMS = ("Inc.", "GmbH", "Ltd", "S.A.", "株式会社", "& Daughters", "Labs")
INDUSTRIES = ("Software", "Logistics", "Health care", "Éducation", "Retail")
TOP_LEVELS = ("com", "org", "net")
ROLES = ("ADMIN", "MEMBER", "MANAGER", "INACTIVE", "NOT_INVITED")
JOB_TITLES = ("Account Executive", "Head of Elephants", "Directrice", "SDR", "Engineer")
TAG_NAMES = ("Hot lead", "Renewal", "Churn risk", "Démo", "Follow up", "VIP 🐘", "Pricing", "Competitor", "Q&A", "内部")
TITLES = (
    "Discovery call", "Démo", "Quarterly review", "Kick-off", 'The "big" one', "Renewal talk", "打ち合わせ",
    "Stand-up 🐘", "Follow-up", "Contract questions",
)
SOURCES = ("zoom", "google_meet", "dialer", "api")
SIGNALS = ("Budget mentioned", "Competitor mentioned", "Decision maker present", "Désaccord")
ACTION_ITEMS = ("Send the offer.", "Book the next call.", "Ask legal.", "Réserver une salle.")
SPEAKERS = ("Dot", "Hal", "Pip", "Wren", "Chloé")
SENTENCES = (
    "Shall we begin?", "Thanks for making the time today.", "Could you walk us through the current process?",
    "Honestly, it is mostly spreadsheets and good will.", "How many people would use it every day?",
    "About forty, perhaps fifty by the end of the year.", "That is within what we planned for.",
    "What happens if we do nothing until the summer?", "Then the old contract goes on as it is, at the old price.",
    "I would have to ask legal about that.", "Let me share my screen for a moment.", "Can everybody see the numbers?",
    "Yes, but they are rather small.", "We tried something like that two years ago and it did not last.",
    "Who else should be part of the decision?", "Our head of operations, and she is on holiday.",
    "Então, vamos para o próximo ponto.", "The budget is approved, the date is not.",
    "I will send the summary after the call.", "Is there anything that would keep you from starting in May?",
    "Only the usual, and an elephant in the room 🐘.", "Let us talk again on Thursday.", "Sounds good to me.",
)
# fmt: on
