from __future__ import annotations

import pytest

from include.queries.language import MIN_QUERY_WORDS, is_foreign
from local.demo_corpus import read_documents, read_judged_queries

ENGLISH = (
    "Creates a new group for your account. A group holds users who have the same rights, until it is deleted. The name "
    "of the group must be unique within the account, and it cannot be changed afterwards. Use IAM to list the groups."
)
GERMAN = (
    "Erstellt eine neue Gruppe für Ihr Konto. Eine Gruppe enthält Benutzer mit denselben Rechten, bis sie gelöscht "
    "wird. Der Name der Gruppe muss innerhalb des Kontos eindeutig sein und kann später nicht geändert werden."
)
NORWEGIAN = (
    "Oppretter en ny gruppe for kontoen din. En gruppe inneholder brukere med de samme rettighetene, til den blir "
    "slettet. Navnet på gruppen må være unikt innenfor kontoen, og det kan ikke endres senere."
)
JAPANESE = "アカウントの新しいグループを作成します。グループには、同じ権限を持つユーザーが含まれます。IAM を使います。"
RUSSIAN = (
    "Создаёт новую группу для вашей учётной записи. Группа содержит пользователей с одинаковыми правами, пока она не "  # noqa: RUF001
    "будет удалена. Имя группы должно быть уникальным в пределах учётной записи и не может быть изменено позже."
)


@pytest.mark.parametrize(
    ("query", "document"),
    [
        pytest.param("wie lösche ich eine Benutzergruppe aus meinem Konto", ENGLISH, id="german-for-english"),
        pytest.param("comment supprimer un groupe de mon compte", ENGLISH, id="french-for-english"),
        pytest.param("cómo eliminar un grupo de usuarios de mi cuenta", ENGLISH, id="spanish-for-english"),
        pytest.param("how can I delete users that are no longer needed", GERMAN, id="english-for-german"),
        pytest.param("如何删除用户组", ENGLISH, id="chinese-for-english"),
        pytest.param("удалить группу", ENGLISH, id="russian-for-english"),
        pytest.param("how to create a new group", JAPANESE, id="english-for-japanese"),
        pytest.param("create group", RUSSIAN, id="english-for-russian"),
        pytest.param("如何删除用户组", RUSSIAN, id="chinese-for-russian"),
    ],
)
def test_is_foreign_other_language_is_told(query: str, document: str) -> None:
    assert is_foreign(query, document)


@pytest.mark.parametrize(
    ("query", "document"),
    [
        pytest.param("how can I remove people who have left the company", ENGLISH, id="english"),
        pytest.param("Benutzer in einem Konto zusammenfassen und verwalten", GERMAN, id="german"),
        pytest.param("ユーザーをまとめる方法", JAPANESE, id="japanese"),
        pytest.param("漢字", JAPANESE, id="chinese-characters-in-japanese"),
        pytest.param("IAM", JAPANESE, id="a-name-that-stands-in-the-text"),
        pytest.param("удалить пользователей из группы навсегда", RUSSIAN, id="russian"),
        pytest.param("hvordan sletter jeg brugere fra gruppen", NORWEGIAN, id="danish-for-norwegian"),
        pytest.param("how I fit comot people wey no dey again", ENGLISH, id="pidgin-for-english"),
        pytest.param("Gruppe erstellen", ENGLISH, id="too-short-to-tell"),
        pytest.param("wie lösche ich eine Benutzergruppe aus meinem Konto", "Delete it.", id="document-too-short"),
        pytest.param("404", ENGLISH, id="no-letters"),
        pytest.param("naïve café résumé", ENGLISH, id="accents"),
        pytest.param("wie lösche ich eine Gruppe", "", id="no-document"),
    ],
)
def test_is_foreign_what_is_the_same_or_not_clear_is_not(query: str, document: str) -> None:
    assert not is_foreign(query, document)


def test_is_foreign_queries_that_people_wrote_for_the_demo_corpus_are_not() -> None:
    """All are English: any that is called foreign would be lost for nothing."""
    documents = {document.id: document.text for document in read_documents()}
    queries = [query for kind in ("title", "description") for query in read_judged_queries(kind)]
    asked = [(query.text, documents[name]) for query in queries for name in query.relevant]

    foreign = [query for query, document in asked if is_foreign(query, document)]

    assert len(asked) > 2_500
    assert len([query for query, _ in asked if len(query.split()) >= MIN_QUERY_WORDS]) > 2_000
    assert len(foreign) < 0.005 * len(asked), foreign
