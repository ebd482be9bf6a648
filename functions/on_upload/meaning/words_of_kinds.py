"""The words by which people call columns of judged answers, of images and of texts: values only.

As in `words`: compared without case and accents. Which of two answers is the better is never told by anything
but such a word, so these lists are long.
"""

from typing import Final

# Beside what `words` lists as questions: columns that hold turns, or a request in another tool's language.
ASKED: Final = """
prompt question instruction query problem request user_prompt user_input user_message user ask task
contents conversation conversations messages dialogue dialog chat input inputs input_text source context
""".split()
ANSWERED: Final = """
completion response answer output reply generation target assistant model_output model_response
output_text
""".split()
CHOSEN: Final = """
chosen preferred better best winner win good accepted accept positive pos w elegida elegido escogida
escogido preferida preferido mejor choisi choisie prefere preferee meilleur meilleure bevorzugt gewahlt
ausgewahlt besser beste bessere scelto scelta preferito preferita migliore escolhido escolhida melhor
buena bueno gekozen beter wybrana lepsza выбранный выбрано выбранная лучший лучше предпочтительный 选中
选择 优选
首选 更好 较好 好 選択 選択済み 良い 選ばれた 선택 선택됨 선호 좋은 المفضل المختار पसंदीदा चुना
""".split()
REJECTED: Final = """
rejected reject non_preferred nonpreferred dispreferred unpreferred worse worst loser lose bad declined
negative neg l rechazada rechazado descartada descartado peor rejete rejetee pire mauvaise abgelehnt
verworfen schlechter schlechte schlechtere schlechteste rifiutato rifiutata scartato peggiore rejeitado
rejeitada pior mala malo afgewezen slechter odrzucona gorsza отклоненный отклонено отклоненная
отвергнутый худший
хуже 拒绝 被拒绝 劣选 更差 较差 差 拒否 悪い 却下 거부 거부됨 비선호 나쁜 المرفوض अस्वीकृत खारिज
""".split()
# Words beside those that say which of the two it is: `chosen_response`, `preferred_output`, `response_w`.
AROUND: Final = """
response responses answer answers output completion reply text message messages conversation y respuesta
antwort reponse risposta resposta antwoord ответ 回答 回复 応答 답변
""".split()
LABEL: Final = """
kto_tag label labels thumbs thumb thumbs_up feedback user_feedback rating liked like is_liked good
is_good upvote upvoted vote approved approval helpful is_helpful desirable is_desirable preferred
accepted accept positive satisfied reaction verdict judgement judgment is_correct correct correctness
was_correct is_safe is_acceptable acceptable etiqueta valoracion gusta
bewertung gefallt gefaellt note avis valutazione avaliacao оценка метка нравится 标签 评价 喜欢 点赞
ラベル 評価 いいね 라벨 평가 좋아요 تقييم लेबल पसंद
""".split()
# Names with one of these say whether an answer was liked ("Was this helpful?"), if they count nothing.
COUNTED: Final = frozenset("vote votes count counts num number total ratio rate score".split())
LIKED: Final = frozenset("helpful liked thumbs thumb satisfied upvoted hilfreich util utile".split())
GOOD: Final = """
true 1 1.0 +1 yes y good great up thumbs_up thumbsup thumb_up like liked upvote positive pos helpful
desirable chosen accepted approved correct gut buena bueno bon bonne buono хорошо 👍 ✅ ✔ ✓ 😀 🙂 😊 ❤
⭐ si ja oui sim da да да́ 是 好 赞 はい
良い 예 좋음 نعم हाँ
""".split()
BAD: Final = """
false 0 0.0 -1 -1.0 no n bad poor down thumbs_down thumbsdown thumb_down dislike disliked downvote
negative neg unhelpful undesirable rejected declined incorrect wrong schlecht mala malo mauvais mauvaise
плохо 👎 ❌ ✘ ✗ 😞 🙁 😡 💔 nein non nao
não нет 否 不好 差 踩 いいえ 悪い 아니오 나쁨 لا नहीं
""".split()
REFERENCE: Final = """
ground_truth groundtruth gold gold_answer gold_solution reference reference_answer reference_solution
expected expected_answer expected_output verification_info final_answer correct_answer test_cases tests
unit_tests checker solution target answer label
""".split()
# Of those, the ones that say by themselves that answers are graded against them.
GRADED: Final = """
ground_truth groundtruth gold gold_answer gold_solution reference_answer reference_solution
expected_answer verification_info test_cases unit_tests checker reward_model
""".split()
TEXT: Final = """
text content body texts contents document documents passage article paragraph raw_text full_text
page_content completion story poem lyrics code texto text_content texte testo tekst metin inhalt
contenido contenu contenuto текст содержание статья 文本 内容 正文 文章 本文 テキスト 텍스트 본문 내용 نص
पाठ
""".split()
STEPS: Final = "completions steps solution_steps reasoning_steps".split()
STEP_LABELS: Final = "labels step_labels ratings is_correct correct correctness".split()
IMAGES: Final = """
images image img imgs image_path image_paths image_file image_url image_urls image_name picture pictures
photo photos file_name filename path bild bilder imagen imagenes foto fotos immagine imagem afbeelding
изображение картинка 图片 图像 画像 이미지 사진 صورة चित्र
""".split()
SOUNDS: Final = "audio audios video videos sound speech wav mp3".split()
CAPTIONS: Final = """
caption captions text description label answer title alt alt_text additional_feature legende
bildunterschrift beschreibung leyenda descripcion didascalia legenda descricao описание подпись 描述 标题
説明 설명
""".split()
