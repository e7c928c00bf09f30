/**
 * Emoji and the short names that Slack knows them by, the usual one first: faces, gestures, hearts and the symbols that
 * people react with. Names by the table that Slack itself uses, https://github.com/iamcal/emoji-data (16.0.0), without
 * variation selectors. Its package holds every picture too (25 MB), hence this part of it.
 */
export const emojiNames: ReadonlyMap<string, readonly string[]> = new Map(
  `
😀 grinning | 😃 smiley | 😄 smile | 😁 grin | 😆 laughing satisfied | 😅 sweat_smile
🤣 rolling_on_the_floor_laughing | 😂 joy | 🙂 slightly_smiling_face | 🙃 upside_down_face
🫠 melting_face | 😉 wink | 😊 blush | 😇 innocent | 🥰 smiling_face_with_3_hearts | 😍 heart_eyes
🤩 star-struck grinning_face_with_star_eyes | 😘 kissing_heart | 😗 kissing | ☺ relaxed
😚 kissing_closed_eyes | 😙 kissing_smiling_eyes | 🥲 smiling_face_with_tear | 😋 yum
😛 stuck_out_tongue | 😜 stuck_out_tongue_winking_eye
🤪 zany_face grinning_face_with_one_large_and_one_small_eye | 😝 stuck_out_tongue_closed_eyes
🤑 money_mouth_face | 🤗 hugging_face
🤭 face_with_hand_over_mouth smiling_face_with_smiling_eyes_and_hand_covering_mouth
🫢 face_with_open_eyes_and_hand_over_mouth | 🫣 face_with_peeking_eye
🤫 shushing_face face_with_finger_covering_closed_lips | 🤔 thinking_face | 🫡 saluting_face
🤐 zipper_mouth_face | 🤨 face_with_raised_eyebrow face_with_one_eyebrow_raised | 😐 neutral_face
😑 expressionless | 😶 no_mouth | 🫥 dotted_line_face | 😶‍🌫 face_in_clouds | 😏 smirk | 😒 unamused
🙄 face_with_rolling_eyes | 😬 grimacing | 😮‍💨 face_exhaling | 🤥 lying_face | 🫨 shaking_face
🙂‍↔ head_shaking_horizontally | 🙂‍↕ head_shaking_vertically | 😌 relieved | 😔 pensive | 😪 sleepy
🤤 drooling_face | 😴 sleeping | 🫩 face_with_bags_under_eyes | 😷 mask | 🤒 face_with_thermometer
🤕 face_with_head_bandage | 🤢 nauseated_face | 🤮 face_vomiting face_with_open_mouth_vomiting
🤧 sneezing_face | 🥵 hot_face | 🥶 cold_face | 🥴 woozy_face | 😵 dizzy_face | 😵‍💫 face_with_spiral_eyes
🤯 exploding_head shocked_face_with_exploding_head | 🤠 face_with_cowboy_hat | 🥳 partying_face
🥸 disguised_face | 😎 sunglasses | 🤓 nerd_face | 🧐 face_with_monocle | 😕 confused
🫤 face_with_diagonal_mouth | 😟 worried | 🙁 slightly_frowning_face | ☹ white_frowning_face
😮 open_mouth | 😯 hushed | 😲 astonished | 😳 flushed | 🥺 pleading_face | 🥹 face_holding_back_tears
😦 frowning | 😧 anguished | 😨 fearful | 😰 cold_sweat | 😥 disappointed_relieved | 😢 cry | 😭 sob
😱 scream | 😖 confounded | 😣 persevere | 😞 disappointed | 😓 sweat | 😩 weary | 😫 tired_face
🥱 yawning_face | 😤 triumph | 😡 rage | 😠 angry
🤬 face_with_symbols_on_mouth serious_face_with_symbols_covering_mouth | 😈 smiling_imp | 👿 imp
💀 skull | ☠ skull_and_crossbones | 💩 hankey poop shit | 🤡 clown_face | 👹 japanese_ogre
👺 japanese_goblin | 👻 ghost | 👽 alien | 👾 space_invader | 🤖 robot_face | 😺 smiley_cat | 😸 smile_cat
😹 joy_cat | 😻 heart_eyes_cat | 😼 smirk_cat | 😽 kissing_cat | 🙀 scream_cat | 😿 crying_cat_face
😾 pouting_cat | 🙈 see_no_evil | 🙉 hear_no_evil | 🙊 speak_no_evil | 💌 love_letter | 💘 cupid
💝 gift_heart | 💖 sparkling_heart | 💗 heartpulse | 💓 heartbeat | 💞 revolving_hearts | 💕 two_hearts
💟 heart_decoration | ❣ heavy_heart_exclamation_mark_ornament | 💔 broken_heart | ❤‍🔥 heart_on_fire
❤‍🩹 mending_heart | ❤ heart | 🩷 pink_heart | 🧡 orange_heart | 💛 yellow_heart | 💚 green_heart
💙 blue_heart | 🩵 light_blue_heart | 💜 purple_heart | 🤎 brown_heart | 🖤 black_heart | 🩶 grey_heart
🤍 white_heart | 💋 kiss | 💯 100 | 💢 anger | 💥 boom collision | 💫 dizzy | 💦 sweat_drops | 💨 dash
🕳 hole | 💬 speech_balloon | 👁‍🗨 eye-in-speech-bubble | 🗨 left_speech_bubble | 🗯 right_anger_bubble
💭 thought_balloon | 💤 zzz | 👋 wave | 🤚 raised_back_of_hand | 🖐 raised_hand_with_fingers_splayed
✋ hand raised_hand | 🖖 spock-hand | 🫱 rightwards_hand | 🫲 leftwards_hand | 🫳 palm_down_hand
🫴 palm_up_hand | 🫷 leftwards_pushing_hand | 🫸 rightwards_pushing_hand | 👌 ok_hand
🤌 pinched_fingers | 🤏 pinching_hand | ✌ v
🤞 crossed_fingers hand_with_index_and_middle_fingers_crossed
🫰 hand_with_index_finger_and_thumb_crossed | 🤟 i_love_you_hand_sign | 🤘 the_horns sign_of_the_horns
🤙 call_me_hand | 👈 point_left | 👉 point_right | 👆 point_up_2
🖕 middle_finger reversed_hand_with_middle_finger_extended | 👇 point_down | ☝ point_up
🫵 index_pointing_at_the_viewer | 👍 +1 thumbsup | 👎 -1 thumbsdown | ✊ fist | 👊 facepunch punch
🤛 left-facing_fist | 🤜 right-facing_fist | 👏 clap | 🙌 raised_hands | 🫶 heart_hands | 👐 open_hands
🤲 palms_up_together | 🤝 handshake | 🙏 pray | ✍ writing_hand | 💅 nail_care | 🤳 selfie | 💪 muscle
🦾 mechanical_arm | 🦿 mechanical_leg | 🦵 leg | 🦶 foot | 👂 ear | 🦻 ear_with_hearing_aid | 👃 nose
🧠 brain | 🫀 anatomical_heart | 🫁 lungs | 🦷 tooth | 🦴 bone | 👀 eyes | 👁 eye | 👅 tongue | 👄 lips
🫦 biting_lip | 🙍 person_frowning | 🙅 no_good | 🙆 ok_woman | 🙋 raising_hand | 🙇 bow | 🤦 face_palm
🤦‍♂ man-facepalming | 🤦‍♀ woman-facepalming | 🤷 shrug | 🤷‍♂ man-shrugging | 🤷‍♀ woman-shrugging
🐶 dog | 🐱 cat | 🦄 unicorn_face | 🐧 penguin | 🦉 owl | 🦜 parrot | 🐢 turtle | 🐌 snail | 🐛 bug
💐 bouquet | 🌹 rose | 🌱 seedling | 🌲 evergreen_tree | 🌿 herb | 🍀 four_leaf_clover | 🍋 lemon | 🍕 pizza
🍿 popcorn | 🍩 doughnut | 🍪 cookie | 🎂 birthday | 🍰 cake | ☕ coffee | 🍾 champagne | 🍺 beer | 🍻 beers
🥂 clinking_glasses | 🚨 rotating_light | 🚥 traffic_light | 🛑 octagonal_sign | 🚧 construction
🚀 rocket | ⌛ hourglass | ⏳ hourglass_flowing_sand | ⌚ watch | ⏰ alarm_clock | ⏱ stopwatch | ☀ sunny
⭐ star | 🌟 star2 | ☁ cloud | 🌈 rainbow | ☂ umbrella | ⚡ zap | ❄ snowflake | 🔥 fire | 🌊 ocean
✨ sparkles | 🎈 balloon | 🎉 tada | 🎊 confetti_ball | 🎁 gift | 🎖 medal | 🏆 trophy | 🏅 sports_medal
🥇 first_place_medal | 🥈 second_place_medal | 🥉 third_place_medal | ⚽ soccer | 🏀 basketball | 🎯 dart
🎨 art | 👑 crown | 💎 gem | 📢 loudspeaker | 📣 mega | 🔔 bell | 🔕 no_bell | 🎵 musical_note | 🎶 notes
🎧 headphones | 📱 iphone | ☎ phone telephone | 💻 computer | 🎥 movie_camera | 🎬 clapper | 📷 camera
📹 video_camera | 🔍 mag | 🔎 mag_right | 💡 bulb | 📖 book open_book | 📚 books | 📰 newspaper
💰 moneybag | 💵 dollar | 💸 money_with_wings | ✉ email envelope | 📦 package | ✏ pencil2
📝 memo pencil | 📅 date | 📆 calendar | 📈 chart_with_upwards_trend | 📉 chart_with_downwards_trend
📊 bar_chart | 📌 pushpin | 📍 round_pushpin | 📎 paperclip | 🔒 lock | 🔓 unlock | 🔑 key | 🔨 hammer
🛠 hammer_and_wrench | 🔧 wrench | ⚙ gear | 🔗 link | 🧪 test_tube | 🔬 microscope | ⚠ warning
⛔ no_entry | 🚫 no_entry_sign | ⬆ arrow_up | ➡ arrow_right | ⬇ arrow_down | ⬅ arrow_left
🔄 arrows_counterclockwise | 🔙 back | 🔚 end | 🔛 on | 🔜 soon | 🔝 top | 🔁 repeat | ➕ heavy_plus_sign
➖ heavy_minus_sign | ‼ bangbang | ⁉ interrobang | ❓ question | ❔ grey_question | ❕ grey_exclamation
❗ exclamation heavy_exclamation_mark | ♻ recycle | ✅ white_check_mark | ☑ ballot_box_with_check
✔ heavy_check_mark | ❌ x | ❎ negative_squared_cross_mark | #⃣ hash | 0⃣ zero | 1⃣ one | 2⃣ two
3⃣ three | 4⃣ four | 5⃣ five | 6⃣ six | 7⃣ seven | 8⃣ eight | 9⃣ nine | 🔟 keycap_ten | 🔢 1234
🆒 cool | 🆓 free | 🆕 new | 🆗 ok | 🆙 up | 🔴 red_circle | 🟠 large_orange_circle | 🟡 large_yellow_circle
🟢 large_green_circle | 🔵 large_blue_circle | ⚫ black_circle | ⚪ white_circle | 🟥 large_red_square
🟩 large_green_square | 🏁 checkered_flag | 🚩 triangular_flag_on_post | 🏳‍🌈 rainbow-flag
🏴‍☠ pirate_flag
`
    .trim()
    .split(/ \| |\n/)
    .map((entry) => {
      const [emoji = '', ...names] = entry.split(' ');
      return [emoji, names];
    }),
);
