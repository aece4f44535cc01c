"""Words that names, streets and shops are put together from.

Belongs here: word lists. Does not: how often a word is used. No list holds a real person or firm.
"""


def _words(text: str) -> list[str]:
    return text.split()


WOMEN_EN = _words(
    """
    Abigail Ada Adele Alice Alicia Allison Amanda Amber Amelia Amy Andrea Angela Anna Annie
    April Ariana Ashley Audrey Aurora Autumn Ava Beatrice Bella Bethany Beverly Bianca Brenda
    Brianna Brooke Camila Cara Carla Carmen Carol Caroline Cassandra Catherine Cecilia
    Charlotte Chelsea Cheryl Chloe Christina Claire Clara Courtney Crystal Cynthia Daisy Dana
    Danielle Deborah Denise Diana Donna Dora Eleanor Elena Eliza Elizabeth Ella Ellen Emily
    Emma Erica Esther Eva Evelyn Faith Fiona Florence Frances Gabriella Genevieve Georgia Gina
    Gloria Grace Hailey Hannah Harper Hazel Heather Heidi Helen Holly Hope Ida Imani Irene
    Iris Isabel Isla Ivy Jacqueline Jada Jamie Jane Janet Jasmine Jenna Jennifer Jessica
    Joanna Jocelyn Jordan Josephine Joy Judith Julia June Kaitlyn Karen Kate Kathleen Kayla
    Keisha Kelly Kendra Kim Kristen Lana Laura Lauren Leah Leila Lena Leslie Lillian Linda
    Lisa Lucy Lydia Mabel Madison Margaret Maria Mariah Marie Marissa Martha Mary Maya Megan
    Melanie Melissa Mia Michelle Mila Miranda Molly Monica Nadia Nancy Naomi Natalie Nicole
    Nina Nora Olivia Paige Pamela Patricia Paula Penelope Phoebe Priya Rachel Rebecca Regina
    Renee Rosa Rose Ruby Ruth Sabrina Sadie Samantha Sandra Sara Savannah Selena Serena
    Shannon Sharon Sheila Shirley Sierra Simone Sofia Stella Stephanie Susan Sylvia Tamara
    Tanya Tara Teresa Tiffany Tracy Trinity Valerie Vanessa Vera Veronica Victoria Violet
    Virginia Vivian Wendy Whitney Willow Yasmin Yolanda Yvonne Zoe
    """
)
MEN_EN = _words(
    """
    Aaron Adam Adrian Aidan Alan Albert Alex Alfred Allen Andre Andrew Anthony Antonio Arthur
    Austin Barry Benjamin Bernard Blake Bradley Brandon Brendan Brian Bruce Bryan Calvin
    Cameron Carl Carlos Casey Cedric Chad Charles Chester Christian Christopher Clarence
    Clayton Clifford Clinton Cody Cole Colin Connor Corey Craig Curtis Dale Damian Daniel
    Darius Darnell Darren David Dean Dennis Derek Desmond Devin Dominic Donald Douglas Duncan
    Dustin Dwayne Dylan Earl Edgar Edward Eli Elias Elijah Elliot Emmanuel Eric Ernest Ethan
    Eugene Evan Felix Fernando Floyd Francis Frank Frederick Gabriel Garrett Gary Gavin
    Geoffrey George Gerald Gilbert Glenn Gordon Graham Grant Gregory Harold Harry Harvey
    Hassan Hector Henry Herbert Howard Hugh Hugo Ian Ibrahim Isaac Isaiah Ivan Jack Jackson
    Jacob Jake Jamal James Jared Jason Javier Jay Jeffrey Jeremy Jerome Jesse Joel John
    Jonathan Jorge Joseph Joshua Juan Julian Justin Keith Kenneth Kevin Kurt Kyle Lance Larry
    Lawrence Leo Leon Leonard Levi Lewis Liam Logan Louis Lucas Luis Luke Malcolm Malik Manuel
    Marcus Mario Mark Marshall Martin Marvin Mason Matthew Maurice Max Maxwell Melvin Michael
    Miguel Miles Mitchell Mohammed Nathan Neil Nicholas Noah Nolan Norman Oliver Omar Oscar
    Owen Parker Patrick Paul Pedro Perry Peter Philip Preston Quentin Rafael Ralph Ramon
    Randall Ray Raymond Reginald Ricardo Richard Riley Robert Roderick Rodney Roger Roland
    Ronald Ross Roy Russell Ryan Samuel Scott Sean Sebastian Seth Shane Shawn Simon Spencer
    Stanley Stephen Steven Stuart Terrence Theodore Thomas Timothy Toby Todd Travis Trevor
    Tristan Troy Tyler Victor Vincent Wade Walter Warren Wayne Wesley William Xavier Zachary
    """
)
LAST_EN = _words(
    """
    Abbott Adams Alden Allen Alvarez Anderson Archer Armstrong Atkins Avery Bailey Baker
    Baldwin Ballard Banks Barber Barker Barlow Barnes Barrett Barton Bates Baxter Beck Becker
    Bell Bennett Benson Berry Bishop Blackwell Blair Blake Bolton Booth Bowen Bowman Boyd
    Bradford Bradley Brady Brewer Bridges Briggs Brooks Brown Bryant Buckley Burgess Burke
    Burns Burton Butler Byrd Caldwell Calhoun Cameron Campbell Cannon Carlson Carpenter Carr
    Carroll Carter Castillo Castro Chambers Chandler Chang Chapman Chavez Chen Choi
    Christensen Clark Clarke Clayton Coleman Collier Collins Conrad Cook Cooper Cortez Craig
    Crawford Cross Cruz Cummings Curtis Dalton Daniels Davenport Davidson Davis Dawson Delgado
    Dennis Diaz Dixon Donovan Dorsey Douglas Doyle Drake Duffy Duncan Dunn Duran Eaton Edwards
    Elliott Ellis Emerson Erickson Espinoza Estrada Evans Farrell Faulkner Ferguson Fernandez
    Fields Finley Fischer Fisher Fitzgerald Fleming Fletcher Flores Flynn Foster Fowler Fox
    Francis Franklin Frazier Freeman French Fuentes Fuller Gallagher Gallegos Garcia Gardner
    Garner Garrett Garza Gentry Gibson Gilbert Gill Glover Gomez Gonzalez Goodman Goodwin
    Gordon Graham Grant Graves Greene Greer Griffin Griffith Gross Guerrero Gupta Gutierrez
    Hale Hall Hamilton Hammond Hancock Hansen Hardin Harding Harmon Harper Harris Harrison
    Hartman Harvey Hawkins Hayden Hayes Heath Henderson Hensley Herman Hernandez Herrera Hess
    Hicks Higgins Hodges Hoffman Holland Holloway Holmes Holt Hood Hopkins Horn Horton Houston
    Howard Howell Hubbard Hudson Huff Hughes Hunt Hurley Ingram Jackson Jacobs James Jefferson
    Jenkins Jennings Jensen Jimenez Johnson Johnston Jones Jordan Joyce Kane Kaur Keller
    Kelley Kendall Kennedy Kent Khan Kim King Kirby Klein Knapp Knight Knowles Kramer Lamb
    Lambert Lang Larsen Lawson Leblanc Lee Leonard Lester Levine Lewis Li Lindsey Little
    Livingston Lloyd Logan Long Lopez Lowe Lowery Lucas Lynch Lyons Mack Madden Maddox
    Maldonado Malone Mann Marks Marsh Marshall Martin Martinez Mason Massey Mathis Matthews
    Maxwell Mays McBride McCall McCarthy McCormick McCoy McDaniel McGee McGrath McGuire
    McIntyre McKay McKenzie McKinney McLaughlin McLean McMillan McNeil Meadows Medina Mejia
    Mendez Merritt Meyer Middleton Miles Miller Mills Molina Monroe Montgomery Moody Moon
    Mooney Moore Morales Moran Morgan Morris Morrow Morse Moss Mueller Mullins Munoz Murphy
    Murray Myers Nash Neal Nelson Newman Newton Nguyen Nichols Nielsen Nixon Noble Nolan
    Norman Norris Norton Nunez O'Brien O'Connor O'Donnell Oliver Olson O'Neal Orozco Orr
    Ortega Ortiz Osborne Owens Pacheco Padilla Page Palmer Park Parker Parks Parrish Parsons
    Patel Patrick Patterson Payne Pearson Peck Pena Pennington Perez Perkins Perry Peters
    Petersen Phelps Phillips Pierce Pittman Pollard Poole Pope Porter Potter Powell Powers
    Pratt Preston Price Prince Proctor Pruitt Quinn Ramirez Ramos Ramsey Randall Rasmussen Ray
    Reed Reese Reeves Reid Reyes Reynolds Rhodes Rice Richards Richmond Riley Rios Rivera
    Rivers Roach Robbins Roberts Robinson Robles Rodgers Rodriguez Rogers Roman Romero Rosario
    Rose Rosen Ross Roth Rowe Rowland Roy Ruiz Rush Russell Russo Ryan Salazar Salinas Sanchez
    Sanders Sanford Santana Santiago Saunders Savage Sawyer Schmidt Schneider Schroeder
    Schultz Schwartz Scott Sellers Serrano Sexton Shaffer Shah Shannon Sharma Sharp Shaw
    Shelton Shepherd Sherman Shields Short Silva Simmons Simon Simpson Sims Singh Singleton
    Skinner Sloan Small Smith Snow Snyder Solis Solomon Sosa Soto Sparks Spears Spencer
    Stafford Stanton Stark Steele Stein Stephens Stevens Stevenson Stewart Stokes Stone Stout
    Strickland Strong Stuart Suarez Sullivan Summers Sutton Swanson Sweeney Tanner Tate Taylor
    Terrell Terry Thomas Thompson Thornton Todd Torres Townsend Tran Travis Trevino Trujillo
    Tucker Turner Tyler Underwood Valdez Valencia Valentine Vance Vargas Vasquez Vaughan
    Vaughn Vega Velasquez Villa Vincent Wade Wagner Walker Wall Wallace Waller Walsh Walters
    Walton Wang Ward Ware Warner Warren Waters Watkins Watson Watts Weaver Webb Weber Webster
    Weeks Weiss Welch Wells West Wheeler Whitaker White Whitehead Whitfield Whitney Wiggins
    Wilcox Wilder Wiley Wilkerson Wilkins Wilkinson Willis Wilson Winters Wise Wolf Wolfe Wong
    Wood Woodard Woods Woodward Wright Wu Wyatt Yang Yates York Young Zamora Zhang
    """
)

WOMEN = {
    "DE": _words(
        """
        Anja Birgit Claudia Greta Heike Johanna Katrin Lena Martina Nele Sabine Ute
        """
    ),
    "FR": _words(
        """
        Amélie Brigitte Camille Chloé Élodie Inès Léa Manon Margaux Océane Sandrine Zoé
        """
    ),
    "MX": _words(
        """
        Alejandra Beatriz Daniela Fernanda Guadalupe Jimena Lucía Mariana Paola Ximena
        """
    ),
    "BR": _words(
        """
        Adriana Bruna Camila Débora Fernanda Júlia Larissa Letícia Luana Patrícia Renata
        """
    ),
}
MEN = {
    "DE": _words(
        """
        Andreas Bernd Dieter Florian Jens Jürgen Lukas Matthias Stefan Torsten Uwe
        """
    ),
    "FR": _words(
        """
        Antoine Bruno Étienne Guillaume Julien Laurent Mathieu Nicolas Rémi Thierry Yann
        """
    ),
    "MX": _words(
        """
        Alejandro Arturo Diego Emilio Fernando Gerardo Héctor Joaquín Rodrigo Santiago
        """
    ),
    "BR": _words(
        """
        André Bruno Caio Eduardo Felipe Gustavo João Marcelo Rafael Thiago Vinícius
        """
    ),
}
LAST = {
    "DE": _words(
        """
        Albrecht Bauer Brandt Dietrich Engel Fuchs Hartmann Hoffmann Keller Krause Lange
        Lehmann Maier Neumann Richter Schäfer Scholz Seidel Vogel Winkler Ziegler
        """
    ),
    "FR": _words(
        """
        Bernard Blanchard Bonnet Chevalier Dubois Durand Faure Fontaine Garnier Girard
        Lefèvre Leroy Marchand Mercier Moreau Perrin Renard Roussel Simonet Vidal
        """
    ),
    "MX": _words(
        """
        Aguilar Cervantes Contreras Domínguez Escobar Guzmán Herrera Juárez Lozano Luna
        Mendoza Navarro Ochoa Peña Quintero Rangel Sandoval Téllez Zúñiga
        """
    ),
    "BR": _words(
        """
        Almeida Barbosa Cardoso Carvalho Costa Dias Duarte Ferreira Gomes Lima Machado
        Moura Nogueira Oliveira Pereira Rocha Santos Souza Teixeira Vieira
        """
    ),
}

STREETS = _words(
    """
    Acacia Alder Amber Aspen Autumn Bay Beacon Birch Bluebird Bramble Bridge Brook Canal
    Canyon Cardinal Cedar Chapel Cherry Chestnut Church Clearview Clover College Copper
    Cottage Creek Crescent Cypress Dogwood Eagle East Elm Fairview Falcon Fern Forest Fox
    Garden Glen Grove Harbor Harvest Hawthorn Hazel Heather Hickory High Highland Hill Holly
    Ivy Jasmine Juniper Lake Laurel Lilac Lincoln Linden Locust Magnolia Main Maple Market
    Meadow Mill Mulberry North Oak Ocean Orchard Park Pearl Pine Pleasant Poplar Prospect
    Quarry Railroad Raven Ridge River Rose Sage School Shady South Spring Spruce Station
    Summit Sunset Sycamore Tulip Union Valley View Vine Walnut Washington Water West Willow
    Windmill Winter Woodland
    """
)
STREET_KINDS = ("Street", "Avenue", "Road", "Lane", "Drive", "Court", "Place", "Way", "Terrace")

SHOP_FIRST = _words(
    """
    Amberly Arbor Aspenline Atlas Beacon Birchwood Blue Heron Bluestem Boulder Bramble
    Brightside Brookline Canary Cardinal Cedar Citrus Clover Cobalt Copperfield Coral Crescent
    Daybreak Delta Driftwood Eastgate Elmwood Ember Evergreen Fairway Falconer Fernhill
    Firefly Foxglove Garnet Goldfinch Granite Greenleaf Harborview Hazelwood Highland Hilltop
    Horizon Indigo Ironwood Ivory Juniper Keystone Lakeside Lantern Lark Linden Longview
    Magnolia Maplewood Marigold Meadow Meridian Milestone Mosaic Northwind Oakridge Opal
    Orchard Palisade Parkside Pebble Pinecrest Pioneer Quarry Redwood Ridgeline Riverstone
    Sable Saffron Sandpiper Seabright Silverline Solstice Sparrow Springfield Stonebridge
    Summit Sunrise Tamarack Terrace Thistle Timber Trailhead Umber Vale Verdant Vista Waypoint
    Westfield Willow Windrose Wren Yellowtail
    """
)
EMPLOYERS = ("Logistics", "Health", "Software", "Foods", "Energy", "Schools", "Retail", "Systems")
COMPANY_FORMS = ("Inc", "LLC", "Group", "Partners", "Co")
