from django.core.management import call_command
from django.test import TransactionTestCase


class MigrationTest(TransactionTestCase):
    def test_every_migration_has_a_way_back(self):
        call_command("migrate", "shop", "0001", verbosity=0)
        call_command("migrate", verbosity=0)
